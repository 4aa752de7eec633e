// Says when the draft is looked over. Without it the link "Look again" does the same.
// @ts-check

const PAUSE = 2000;
const line = document.querySelector("[data-ready-line]");

/** The address of what is asked for by itself: it does not keep the sign-in alive. */
async function isReady() {
  const answer = await fetch("/studio/conflicts/ready?itself=yes");
  return answer.status === 200;
}

async function wait() {
  try {
    if (await isReady()) return done();
  } catch {
    // No connection: ask again later.
  }
  setTimeout(wait, PAUSE);
}

/** The list does not change under the reader: they are told, and look when they want to. */
function done() {
  const words = line?.querySelector("[data-ready-words]");
  if (words) words.textContent = "The draft is looked over.";
}

if (line) setTimeout(wait, PAUSE);
