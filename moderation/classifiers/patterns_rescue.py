"""Pure: words by which somebody tells that another person, or the speaker at another's hands, is in acute danger now."""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

from moderation.classifiers.patterns import any_of

_KIN = (
    "mom|mum|mother|mama|mommy|dad|father|daddy|papa|sister|brother|son|daughter|wife|husband|partner|girlfriend|boyfriend|gf|bf|ex|cousin|uncle|aunt|auntie|"
    "niece|nephew|grandpa|grandma|granddad|gran|nan|grandmother|grandfather|roommate|flatmate|housemate|friend|mate|bestie|bff|classmate|coworker|colleague|boss|"
    "neighbou?r|landlord|pimp|stepdad|stepfather|stepmom|stepmother|stepbrother|fiancee?|teacher|coach|student|kid|kids|child|children|baby|babies|toddler|infant|"
    "newborn|girl|boy|lady|woman|man|guy|teenager|people|dealer|patient|passenger|driver|swimmer|hiker|trafficker|captor|stalker|intruder|burglar|stranger|gang"
)
_WHO = rf"(?:(?:my|our|his|her|their|the|a|an|this|that|some|these|those|two|three) (?:\w+ ){{0,3}}?(?:{_KIN})(?:'s|s)?|(?:he|she|they|him|her|them)(?:'s|'re|s)?|grandpa|grandma|gran|mum|mom|dad|daddy|mummy|mommy|nan|someone|somebody)"
_IS = r"(?:(?:is|are|was|has|have|had|just|now|still|keeps?|kept|not|been|all|already|suddenly|really|'s|'ve|s|ve|got|gone|going|she|he|they|again) ){0,4}?"
_VICTIM = rf"(?:me|us|him|her|them|{_WHO}|my \w+)"
_WEAPON = r"(?:guns?|knife|knives|rifle|shotgun|pistol|machete|axe|hatchet|hammer|baseball bat|bat|crowbar|petrol|blade|razor|belt|cable|iron bar)"
_HURTING = r"(?:hitting|beating|choking|strangling|stabbing|attacking|raping|torturing|kicking|punching|burning|drowning|whipping|molesting|shooting at|smothering|suffocating|hurting|assaulting)"
_HURT = r"(?:strangled|choked|stabbed|raped|beat|beats|hits|whips|punched|kicked|attacked|assaulted|shot|burned|drugged|kidnapped|abducted|molested|molests|poisoned|smothered)"
_NOW = r"(?:right now|at this moment|as i (?:type|write)|tonight|again|last night|this (?:morning|evening|minute)|just now|today|every (?:night|day|week)|until|till|so (?:bad|badly|hard)|next door|unconscious|please|help)"
_OWN_LIFE = r"(?:kill (?:him|her|them)(?:self|selves)|jump(?: off| from)?|end (?:it|his|her|their)(?: \w+)?|hang (?:him|her|them)sel\w+|overdose|take (?:his|her|their) own life|wants? to die|suicide)"

OTHERS_ENDANGERED = any_of(
    # somebody whose life is going
    rf"{_WHO} (?:\w+ ){{0,6}}?(?:is ?n'?t|isnt|not|stopped|barely|hardly) (?:\w+ )?breathing|(?:he|she|they)(?:'s| is| are|'re) (?:not|barely|hardly) breathing",
    rf"{_WHO} {_IS}(?:unconscious|unresponsive|bleeding out|blue in the face|turned blue|foaming at the mouth|coughing up blood|vomiting blood|collapsed|convulsing|having a seizure|going limp|limp|passed out (?:and|on))",
    rf"(?:his|her|their) lips are (?:\w+ )?(?:blue|purple|gr[ae]y)|{_WHO} (?:\w+ ){{0,3}}?(?:won'?t|will not|can'?t|doesn'?t) (?:wake|come round|respond|come to)(?: up)?(?= ?(?:$|[.,!]|and|any ?more|at all|please|there))",
    rf"{_WHO} {_IS}(?:overdosed|overdosing|od'?(?:d|ed|ing)|(?:swallowed|drank|took|taken|eaten) (?:(?:\w+ ){{0,3}}?(?:bleach|drain cleaner|antifreeze|poison|detergent|batter(?:y|ies)|fentanyl)|(?:all|a lot|lots|too many|a whole|the whole|a handful|a bottle|everything|\d{{2,3}})(?: \w+){{0,4}}? (?:pills|tablets|paracetamol|painkillers|medicine|meds|antidepressants|cabinet)|pills on purpose))",
    rf"{_WHO} {_IS}(?:fallen|fell|slipped) (?:\w+ )?(?:into|in|through|under) (?:the |a )?(?:canal|river|ice|lake|water|well|sea|pool|tracks?)",
    rf"(?:child|kid|kids|baby|babies|toddler|boy|girl|children|infant|{_WHO}) (?:is |are |'s |has been |was |have been |been |just )*(?:locked|trapped|chained|tied up|tied|caged|held (?:hostage|captive|prisoner)|left alone) (?:up |in |inside |to |under |by |at )",
    # somebody who wants to die
    rf"{_WHO} (?:\w+ ){{0,5}}?(?:goodbye|suicide|farewell|good-?bye) (?:message|note|text|letter|video|call|post)s?",
    rf"{_WHO} {_IS}(?:says?|said|saying|threaten\w*|texted|texting|told me|messaged|posted|tells me|swears|planning|about|going|wants?|trying|tried|ready)(?: (?:that|to|me|she|he|they|is|was|wants?|'ll|'s|she'll|he'll|they'll|she's|he's|they're|will|going|gonna|about|just|tonight|now|has|had)){{0,6}} {_OWN_LIFE}",
    rf"{_WHO} {_IS}(?:standing |sitting |up |out )?(?:on|at|by|near) (?:the |a )?(?:edge of (?:the |a )?)?(?:roof|ledge|window ?(?:sill|ledge)|railway|train|rail|bridge|parapet|railing|overpass|tracks|edge)(?: tracks?)?(?=.{{0,80}}(?:jump|over for|goodbye|won'?t come|can'?t reach|what do i do|help|end it|die))",
    # violence that goes on, or is announced
    rf"{_WHO} {_IS}{_HURTING} {_VICTIM}(?! (?:at|in|to|by|on|with a score|with (?:\w+ )?(?:points?|goals?)))",
    rf"{_WHO} {_IS}{_HURT} {_VICTIM} (?:\w+ ){{0,6}}?{_NOW}",
    rf"{_WHO} (?:\w+ )?(?:threat\w+|says?|said|swears?|swore|promised|vows?|vowed|wants?|told me|is going|are going|'s going|'re going|plans?)(?: (?:that|to|he|she|they|he'll|she'll|they'll|he's|she's|he will|will|going|gonna|it|wants?|is|i'm|i am|next|about|'ll|'s)){{0,5}} (?:kill|shoot|stab|burn|strangle|murder|cut|finish|rape|drown|hurt|slit|break|poison) (?:\w+ ){{0,2}}?(?:me|us|him|her|them|it this|it tonight|both|my|our|the kids|everyone|people|someone|the children|fingers|throat)",
    rf"{_WHO} {_IS}(?:holding|pointing|waving|swinging|pointed|put|sharpening|pressing|aiming|loading|pulled|pulling|grabbed|chasing|outside|at (?:the|my|our|her|his) (?:\w+ )?door)(?: (?:me|us|her|him|them|my|the|out|down|at|to|up|around|with|\w+)){{0,4}}? (?:a |an |his |her |their |the )?(?:\w+ )?{_WEAPON}",
    r"(?:list|map|plan|names) of (?:\w+ ){0,5}?(?:wants?|going|plans?|hopes?|means) to (?:shoot|kill|stab|hurt|murder)|(?:says?|said|saying|posted|video|told) (?:\w+ ){0,6}?(?:he'll|she'll|they'll|will|going to|gonna) (?:shoot up|blow up|bomb|burn down|attack) (?:the |our |my |a )?\w+",
    rf"(?:someone|somebody|a man|two men|men|he|they|a stranger|burglars?|an? intruder|{_WHO})(?:'s|'re| is| are| has| have)? (?:\w+ )?(?:breaking|broken|trying to (?:break|get|kick)|forcing|smashing|kicking|climbing|prying) (?:\w+ ){{0,3}}?(?:into|in|down|through|open) (?:to )?(?:my|our|the|his|her|a) (?:\w+ )?(?:house|home|flat|apartment|door|room|window|bedroom|place)",
    rf"{_WHO} {_IS}(?:locked (?:me|us|her|them|the kids) (?:in|up|inside)|taken my (?:keys|phone) and|took my (?:passport|keys|phone) and|won'?t let (?:me|us|her) (?:leave|out)|barricaded|kidnapped|abducted|snatched|grabbed (?:a|the|my|our|this) (?:\w+ )?(?:girl|boy|kid|child|daughter|son|baby|woman))",
    r"(?:i'?m|we'?re|i am|we are|im|hiding|hide|hid) (?:\w+ )?(?:hiding|hid|locked|trapped|barricaded) (?:\w+ ){0,4}?(?:closet|bathroom|wardrobe|cupboard|basement|bedroom|toilet|attic|shed|under|classroom|trunk)",
    r"(?:hear|heard|hearing) (?:\w+ ){0,3}?(?:screaming|screams|gunshots|shots|begging|crying for help)|active shooter|there(?:'s| is) (?:\w+ ){0,3}?(?:shooter|gunman|shooting (?:going on|in|at))",
    r"(?:put|hold|press|push) (?:\w+ ){0,2}?(?:pillow|plastic bag|bag|cushion)(?: \w+){0,2}? (?:on|over) (?:his|her|their) (?:face|head)|(?:set|setting) fire to (?:his|her|their) (?:bed|room|house|door|flat|car)",
)
"""Somebody is hurt, is being hurt or is about to be, as it is told: a person, so that idioms of games, sport and machines seldom match."""
