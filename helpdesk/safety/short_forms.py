"""Short forms and the way people type: what is meant, then how it is written."""

from __future__ import annotations

_TABLE = """
i am: im i'm iam
i have: ive i've
i would: i'd
i will: i'll
do not: dont dnt
does not: doesnt
did not: didnt
cannot: cant cnt cnat
will not: wont
is not: isnt aint
are not: arent
was not: wasnt
were not: werent wernt
would not: wouldnt
could not: couldnt
should not: shouldnt
have not: havent
has not: hasnt
had not: hadnt
he is: hes
she is: shes
they are: theyre they're
you are: youre you're
we are: we're
that is: thats
what is: whats
there is: theres
it is: it's
he will: he'll
she will: she'll
they will: they'll
you will: you'll
they have: they've
we have: we've
you have: you've
let us: let's lets
want to: wanna wana
going to: gonna gunna gon
have to: gotta
i am going to: imma ima
let me: lemme
trying to: tryna
you: u
your: ur
are: r
to: 2
for: 4
today: 2day
tonight: 2nite tonite
tomorrow: 2moro tmrw tmr
before: b4
and: n
please: pls plz
right now: rn
because: bc cuz cos becuz coz becos
with: w
husband: hubby
kill: kil kll kiil
dying: dieing dyeing diying
breathe: breth brethe breeth
breathing: breathin breathng
anymore: anymor nemore
alive: alife
live: liv
myself: myslf mysef myselff
suicide: suic1de sewerslide sooicide sewicide sui suacide siucide
dead: ded
blood: bludd
choke: chok
choking: chocking chockin chokin
stroke: stroek
want: wnat watn
help: hlep
would: wud
could: cud
worth: wurth
sudden: suden
suddenly: sudenly
life: lfie
a lot: alot
heart: hart
overdose: od
overdosed: od'd
ambulance: ems
killing: unaliving
morphine: morfine morfin
saving: savin
killed: unalived
they would: theyd
you would: youd
what: wat wot
when: wen
night: nite
said: sed
have: hav
should: shud
someone: sum1 some1
anyone: any1
no one: no1 noone
everyone: every1 evry1 evryone
wrong: rong
throat: throte
tongue: tung toung
tight: tite
floor: flor
going: goin
talking: talkin
shaking: shakin shakeing
bleeding: bleedin bleding
hurting: hurtin
taking: takin
sweating: sweatin swetting
cutting: cuttin cuting
thinking: thinkin thnking
swelling: swellin swelin
feeling: feelin
gasping: gaspin
fitting: fittin fiting
enough: enuf enuff
pills: pils pilz
kitchen: kichen kitchin
fire: fyer fier
everybody: evrybody evrybdy
sick: sik
being: bein beeing
everything: everthing evrything evrythin
nothing: nothin nuthin
something: somthing sumthing
"""


def _read(table: str) -> dict[str, str]:
    pairs = (line.split(": ") for line in table.strip().splitlines())
    return {form: meant for meant, forms in pairs for form in forms.split()}


SHORT = _read(_TABLE)
