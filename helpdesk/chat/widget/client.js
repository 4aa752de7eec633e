// Calls the help desk's API.
/** Return a function that makes a call, and gives the response of one that went well. */
export function caller(server) {
  return async (method, path, { token, body, headers, signal = AbortSignal.timeout(15000), keepalive } = {}) => {
    const sent = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }), ...headers };
    const options = { method, headers: sent, body: body && JSON.stringify(body), signal, keepalive, credentials: "omit", cache: "no-store" };
    const response = await fetch(`${server}/api${path}`, options);
    if (response.ok) return response;
    throw refusal(response, (await response.json().catch(() => null))?.error ?? {});
  };
}

/** The help desk says no: `code` is the contract's, `wait` the seconds that it asks for. */
function refusal({ status, headers }, { code, message, field }) {
  // A proxy's own 404 has no code, and does not mean that the conversation is erased.
  const isGone = (status === 404 && code === "not_found") || (status === 401 && code === "unauthorized");
  const isFinal = code && status < 500 && ![401, 403, 404, 408, 429].includes(status);
  return Object.assign(new Error(message), { status, code, field, isGone, isFinal, wait: Number(headers.get("Retry-After")) });
}
