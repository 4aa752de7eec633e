"""How people put things, in patterns: who speaks of whom, what points back, what asks for advice."""

from __future__ import annotations

import re

HOW_MANY = re.compile(
    r"(?:(?:and|so|ok|then|for|in|it|what about|the|one)[ ,]+)*how many(?: (?:people|persons|folks|patients|volunteers))?"
    r"(?: (?:are|were|was|is|in|of|on|there|it|them|that|the|this|one|study|trial|"
    r"took part|took|part|got|did|have|they|enrolled|people|persons|folks|patients))*[ ?.!]*",
    re.I,
)
PERSONS = re.compile(r"\b(?:people|folks|persons|patients|volunteers|took|got|enrolled)\b", re.I)
# "The drug", which may be any; not "the page" or "the number", of which there is one.
ANY_OF_THEM = re.compile(r"\b(?:the|this|that) (?:trial|study|drug|pill|medicine|treatment)\b", re.I)
DEFINITE = re.compile(
    r"\b(?:the|this|that) (?:trial|study|drug|pill|research|webcast|video|report|series|number|page|medicine|finding)s?\b"
    r"(?! (?:from|with|about|called|by|where|against)\b)",
    re.I,
)
ALIKE_LEAD = re.compile(r"\s*(?:ok |okay |so )?(?:and|what about|how about|same for|then)\b", re.I)
SAME_LEAD = re.compile(r"\s*(?:ok |okay |so )?(?:and(?: for| in)?|same for)\b(?! what| how)", re.I)
RELATIVE = (
    "mom|mum|mam|dad|mother|father|wife|husband|hubby|son|daughter|brother|sister|partner|boyfriend|girlfriend|aunt|uncle|"
    "gran|grandma|grandpa|nan"
)
SOMEBODY = re.compile(
    rf"\b(?:i|i'?m|i'?ve|i'?d|i'?ll|me|my|mine|myself|we|our|us|her|him|his|she|he|{RELATIVE}|lola|patient|client)\b"
    # What has gone on since Tuesday is told of somebody.
    r"|\b(?:since|started|began)(?: on| last| this)? (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|lunch|breakfast|"
    r"(?:the |last )?(?:week|weekend|night|month))\b"
    # An age or a score is told of somebody: "a chap of 64", "any use at 70", "EDSS of 6".
    r"|\b(?:of|aged?|at|turned) [3-9]\d\b(?! ?%)|\b[1-9]\d[- ]?(?:yo\b|(?:years?|yrs?)[- ]old)|\bedss (?:of |is |at )?\d",
    re.I,
)
# Who asks is not whom it is asked about: "tell me", "I want to know", "my doctor said".
ASKER = re.compile(
    r"\b(?:(?:tell|give|show|send|read|name|list|explain|spell|remind|say)(?: \w+){0,2}? (?:to |for )?(?:me|us)\b"
    r"|let (?:me|us) know\b"
    r"|(?:i|we)(?:'d| would)? (?:just |only |also |really )?(?:want(?:ed)?|need|like|love|wish) "
    r"to (?:know|hear|ask|understand|read|find out)\b"
    r"|(?:i'?m|i am|we are) (?:just )?(?:wondering|asking|curious)\b"
    r"|i (?:just )?(?:heard|read|saw|mean|meant|guess|forget|forgot|wonder|suppose|see)\b"
    r"|(?:my|our) (?:doctor|dr|gp|neurologist|neuro|nurse|specialist|hospital|clinic|pharmacist|pharmacy)\b)",
    re.I,
)
PERSONAL = re.compile(
    r"(?<!where )(?<!who )(?<!why )\b(?:should|shall|ought) (?:i|we|he|she|my \w+|our \w+|mom|mum|dad|the wife|hubby)\b"
    r"(?! (?:expect|know|call|ask|read|look|watch|contact|phone|ring|get in|reach|trust|donate|believe|start with))",
    re.I,
)
EARLIER = re.compile(
    r"\b(?:the|that) (?:other|first|former|previous|earlier|one before(?: (?:that|it|this))?)"
    r"(?: (?:one|thing|drug|trial|study|medicine|video|topic))?"
    r"(?= *(?:$|[,.;:?!]|(?:who|what|which|how|when|where|is|was|are|were|do|does|did|has|have|again|you|we|i)\b))",
    re.I,
)
EARLIER_ONE = re.compile(r"\bthe (?:other|first|former|previous|earlier|second|last) (?:one|drug|trial|study)\b", re.I)
MANY = re.compile(
    r"\b(?:which|what|the|those|these|any|how many) (?:ones|drugs|trials|studies|medicines|of (?:them|those|these))\b", re.I
)
THE_STUDY = re.compile(r"\bthe (?:trial|study|drug|pill|medicine|finding)s?\b", re.I)
# Nothing but a thing behind the words that go on with a talk: "and the half-life?", "is there one on pain".
A_THING = re.compile(
    r"\W*(?:(?:and|but|ok|okay|so|then|also|or|well)\W+)*"
    r"(?:(?:what about|how about|any|anything|something|is there (?:an?|one|any|anything|something)) (?:(?:on|for|about|in) )?"
    r"|(?:on|for|about|with|in) )?(?:(?:the|its|their|an?) )?"
    r"(?!(?:it|that|this|them|those|these|they|more|else|others?|one|ones|who|what|where|when|why|how|which)\b)[\w-]+"
    r"(?: (?!(?:one|ones)\b)[\w-]+)?(?: (?:then|though|too|please))?\W*",
    re.I,
)
# The word that a type of MS stands for where nothing else was spoken of: "is there a drug for it"
IT = re.compile(r"\b(?:it|(?:this|that|them|those|these|either|both)(?: (?:one|kind|type|form)s?)?(?=[\s?.!]*$))\b", re.I)
AND_FOR = re.compile(r"^\W*(?:(?:ok|okay|so|and|then|also|the|same|thing|question) )+for\b")
# "Is there a cure" points at nothing.
THERE_IS = re.compile(r"\b(?:is|are|was|were|isn'?t|aren'?t|will|be|if) there\b|\bthere(?:'s| is| are| was| were| be)\b", re.I)
GO_BACK = re.compile(
    r"\W*(?:(?:ok|okay|please|no|wait|sorry|can we|could we|let'?s|let us|i want to)\W+)*(?:go|get) back"
    r"(?: (?:one|again|please|now|(?:to )?(?:that|it)"
    r"|to (?:the |that )?(?:last|previous|earlier|other)(?: (?:one|thing|topic|answer))?))*\W*",
    re.I,
)
WHY_NOT = re.compile(r"\W*(?:(?:but|and|ok|okay|so|oh)\W+)*why(?: (?:not|can'?t you|won'?t you|is that))?\W*", re.I)
KIN = rf"(?:{RELATIVE}|niece|nephew|cousin|friend|neighbou?r|patient|client|nurse|student)"
# Who wants to know it, where that is not who writes: "my dad would like to know if", "asking for my nephew".
ASIDE = re.compile(
    rf"(?:^|(?<=[,;:.?!(\s]))(?:(?:my|our|the|a|his|her) )?{KIN} (?:(?:also|just|always|still) )?"
    r"(?:(?:asks|asked|wonders|wondered|is (?:asking|wondering)|keeps asking)(?!(?: me| us| you)? (?:to|for|about)\b)|"
    r"wants? to (?:know|hear)|(?:would|'d) (?:also )?(?:like|love) to (?:know|hear))"
    r"(?: (?:me|you|us))?(?: (?:if|whether)\b)?[,:]?\s*"
    rf"|(?:^|(?<=[,;:.?!(]))\s*(?:(?:my|our) )?(?:{KIN}s?(?:'s|'re)?|he|she|they)(?: has| have| is| are|'s|s|'re)? "
    r"(?:been |keeps? |still )*(?:on|going on|nagging|bugging|pestering|asking) (?:at )?(?:me|us) (?=about\b)"
    r"|(?:^|(?<=[,;:.?!(]))\s*(?:he|she|they)(?: is| are|'s|s|'re)? (?:just )?(?:asking|wondering|wants? to know)"
    r"(?: (?:for (?:a|an) (?:\w+ )?answer|if|whether))?[,:]? (?!(?:me|us|you|for|about|to)\b)"
    rf"|(?:^|(?<=[,;:.?!(]))\s*(?:(?:i'?m|i am|im) )?(?:just )?asking for (?:my|our|a|an|the) (?:\w+ )?{KIN}"
    r"(?=\s*(?:$|[,.;:?!)]))",
    re.I,
)
WHO = rf"(?:i|he|she|we|my \w+|our \w+|{RELATIVE})"
WHOM = (
    rf"(?:me|him|her|us|(?:my|our) \w+|{RELATIVE}|(?:someone|somebody) (?:like me|with|my)"
    rf"|an? (?:\w+ )?(?:chap|man|woman|lady|guy|bloke|lad|fellow|girl|boy|{RELATIVE}|\d\d))"
)
# Words in which people ask for advice without "should". They only make advice likelier: a fact may be asked for so too.
WANTING = re.compile(
    rf"\b(?:would|could|can|will|might|does|do|is|are|be) (?!you\b)(?:\w+ ){{1,3}}"
    rf"(?:help|work for|work on|suit|hurt|harm|benefit|do (?:\w+ )?(?:for|to)|"
    rf"(?:good|right|safe|ok|okay|bad|wise|suitable|better|best|worth it|too late) for) {WHOM}\b"
    rf"|\b(?:does|do|would) (?:that|this|it|these) mean (?:that )?(?:{WHO}\b|i'?m|he'?s|she'?s|it'?s|spms|ppms|secondary|primary)"
    rf"|\bhow (?:bad|soon|fast|quick|quickly|badly) (?:will|would|do|am|is|can) {WHO}\b|\bhow bad (?:is|are)\b"
    r"|(?<!often )\b(?:do|would) you (?:think|reckon|advise|recommend|suggest|take|use|stop|start|switch|choose|pick|try)\b"
    r"|\bw(?:ould|ud) (?:you|u) (?:ever |still )?(?:give up|put|keep|wait|bother)\b"
    r"|\b(?:do|would) you (?:do|risk)\b"
    r"|\b(?:in my (?:shoes|place|position|skin)|(?:were|was|are) me)\b"
    rf"|\b(?:am|is|are|will) {WHO} (?:going to |gonna |likely to )?"
    r"(?:end up|get worse|need a|be in a|lose|recover|improve|walk|get (?:\w+ ){1,2}back|"
    r"too (?:old|young|far)|eligible|allowed to|suitable|a candidate|fit for|fit to)\b"
    rf"|\b(?:when|how long) (?:will|before|till|until|have|has) {WHO} (?:need|got\b|can'?t|cannot|am|is|has)"
    rf"|\b(?:can|could) {WHO} still (?!join|get|watch|read|download|see|call|apply|sign|take part)"
    rf"|\b{WHO}(?:'d| would)? (?:wants?|like|plans?|means?|intends?|wish(?:es)?) to "
    r"(?:(?:start|try|begin|quit|stop|switch|swap|take) (?!part\b|place\b)|come off|go (?:on|over|back) (?:to )?(?!an?\b|the\b))"
    rf"|\b(?:my|his|her|our) (?:own )?(?:chances?|odds|risk|outlook)\b"
    r"|\bis it (?:time|ok|okay|safe|normal|wise|bad|good|too late|wrong|dangerous) "
    rf"(?:for me|for {WHO}|that {WHO}|if {WHO}|{WHO})\b"
    rf"|\b(?:can|could|may|must|might) {WHO} (?:just |now |still |safely |keep )?"
    r"(?:stop|quit|skip|double|halve|switch|mix|combine|"
    r"come off|drop|start|increase|restart|taking|drink|fly|exercise|drive|eat|take|use|try|get pregnant"
    # What is written or said may be had by anybody: "can I have the link", "bigger letters".
    r"|have\b(?! (?:[\w'-]+ ){0,3}(?:letters?|print|text|font|numbers?|link|address|pdf|report|copy|version|words?|person|human"
    r"|someone|somebody|info|information|file|transcript|video|list|summary|chat|talk|minute)\b))\b"
    rf"|\b(?:do|does|have|has) {WHO} (?:already |really |now )?(?:have (?:ms|spms|ppms|it|a relapse|primary|secondary)|qualify)\b"
    r"|\bis (?:this|that|it) (?:a |my |an |the )?(?:relapse?|flare|flare-up|attack|progression|ms(?![- ](?:soc|nav|smart)))\b"
    r"|\bis (?:this|that|it) (?:a ?)?(?:lot|quick|fast|slow|low|high|much|many)\b"
    r"|\b(?:got|had) (?:a|the) (?:letter|scan|mri|report|result)s?\b"
    r"|\bis it too? (?:early|late|soon) to\b|\bwho(?:'s| is) right\b|\bwho has it right\b"
    r"|\btoo (?:old|young|weak|ill|sick|far gone) (?:to|for)\b"
    r"|\bdoes (?:this|that|it) sound\b"
    rf"|\bany (?:use|good|help) (?:to|for) {WHOM}\b"
    # What is tagged on to something told asks whether it is well so: "penicillin and Rebif, allowed?"
    r"|[.,;:!-] *(?:is (?:it|that) )?(?:bad|serious|dangerous|wise|sensible|agree|fair|allowed|normal|fine|safe|ok|okay|"
    r"all ?right|good|enough|worth it)\W*\?|\by/n\b",
    re.I,
)

# What only asks whether we have anything on a subject: "do you have anything on Rebif".
HAVING = re.compile(
    r"^\W*(?:(?:and|so|ok|hi|hello|hey)\W+)*(?:(?:do (?:you|u) have|have you got|is there|are there)"
    r"(?: (?:anything|something|any|some))?|any(?:thing)?)(?: (?:info|information|facts))?(?: (?:on|about|for|an?)\b)?(?= )",
    re.I,
)
# Of somebody with MS in general: no person is wished for.
ANYBODY = re.compile(
    r"\b(?:persons?|people|someone|somebody|humans?) (?:with|who ha(?:s|ve)|living with) (?:my |the |this |a )?"
    r"(?:kind|type|form|sort|ms\b|ppms|spms|rrms|multiple|primary|secondary|progressive|relapsing)",
    re.I,
)
# Whose answer hangs on the body, the medicines or the scan of somebody is asked for advice, whatever it is about.
OWN = re.compile(
    rf"\b(?:am i|i'?m|i am|is {WHO}|(?:he|she)(?:'s| is)) (?:one of|among) "
    r"(?:those|them|these|the (?:people|ones|women|men|lucky))\b"
    r"|\bin (?:my|his|her|our) (?:own )?case\b"
    r"|^\W*on (?!average|the|this|that|your|my|a\b)[\w-]+(?: [\w-]+)?, (?:is|are|can|could|would|will|does|do|may)\b"
    rf"|\b(?:if|whether) {WHO} (?:takes?|am on|is on|can'?t|cannot)\b"
    r"|\b(?:want|wants|take|takes|accept|accepts|allow|let|consider) (?:[\w-]+ ){0,4}like (?:me|him|her|us|mine)\b"
    r"|\b(?:(?:the|my|his|her) (?:ms|illness|disease)|(?:my|his|her) (?:medicine|tablets|pills|drug)) or\b"
    r"|\bor (?:is it |just |only )?(?:the|my) ms\b(?! soc)"
    r"|\bwhy (?:bother|(?:am i|are we|is he|is she|is my \w+) (?:still )?(?:on|taking|having))\b"
    r"|\b(?:(?:to|can'?t|cannot|must|help (?:me|us)) (?:choose|pick|decide)|choosing|torn) between\b"
    r"|\b(?:look at|read|check|explain|interpret|go over) (?:my|his|her|our) (?:[\w-]+ )?"
    r"(?:results?|scans?|mri|bloods?|report|letter|levels?|tests?)\b",
    re.I,
)
STAFF = (
    r"(?:(?:(?:an?|the|any|some|your|(?:one|any) of (?:the|your)) )?(?:ms )?(?:navigators?|lady|woman|man|persons?|humans?)"
    r"|someone|somebody|sum1|anyone|anybody|(?:one of |any of )?your (?:people|team|staff|colleagues|lot)|one of you)"
)
POLITE = r"^\W*(?:(?:please|pls|hi|hello|hey|ok|so)\W+)*"
# Somebody of ours is asked to turn to somebody: "can the navigator call my sister", "can I book a slot with a navigator".
SUMMONS = re.compile(
    rf"{POLITE}(?:can|could|would|will|get|have|let|ask)(?: you| u)?(?: please| pls)? (?:get |have |ask )?{STAFF}"
    r"(?: (?:from|at|of) (?:[\w-]+ ){0,2}[\w-]+)?,? (?:please |pls |just )?(?:to )?"
    rf"(?:(?:call|ring|phone|telephone|text|contact) {WHOM}|(?:speak|talk|get back) (?:to|with) {WHOM}"
    rf"|(?:give|have) [\w ]{{1,24}}(?:ring|call|word|chat|talk|minutes?)\b)"
    rf"|{POLITE}(?:can|could|may|let|i want to|i'?d like to|i would like to)(?: i| me| we)? "
    rf"(?:book|reserve|arrange|schedule|set up) [\w ]{{1,40}}\b{STAFF}\b"
    rf"|{POLITE}(?:put|get|bring) (?:{STAFF}|(?:an? |the )?(?:expert|specialist|nurse|human being)) on"
    r"(?: (?:here|the (?:line|phone)))?\W*$"
    rf"|{POLITE}is (?:there )?{STAFF} (?:free|available|around|about)"
    r"(?: (?:at the moment|at present|(?:right |just )?now|today|tonight|to (?:talk|speak|chat)|for me))*\W*$",
    re.I,
)


def without_asides(text: str) -> str:
    """Return a message without the words that only say for whom it is asked; all of it where they are the whole."""
    rest = ASIDE.sub("", text).strip(" ,;:").lstrip(" .!?)")
    return rest if len(rest.split()) > 1 else text
