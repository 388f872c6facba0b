"""Pure: words that declare violence against other people, and the people it may be meant for."""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

from moderation.classifiers.patterns import any_of

_ROLES = (
    "friend|sister|brother|mom|mum|mother|dad|father|son|daughter|wife|husband|partner|girlfriend|boyfriend|cousin|roommate|"
    "flatmate|student|classmate|uncle|aunt|niece|nephew|kid|child|baby|ex|fiance|fiancee|spouse|boss|supervisor|manager|"
    "neighbour|neighbor|coworker|colleague|teacher|professor|principal|coach|preacher|priest|pastor|imam|rabbi|doctor|nurse|"
    "therapist|judge|lawyer|officer|cop|policeman|landlord|tenant|rapist|abuser|bully|dealer|driver|stepdad|stepfather|"
    "stepmother|stepmom|stepson|grandfather|grandmother|grandpa|grandma|parents|family|guy|man|woman|girl|boy|bastard|bitch|"
    "scumbag|senator|mayor|president|politician|journalist|client|customer|guard|soldier|stranger|witness|informant|rival|"
    "enemy"
)
_WHO = rf"(?:(?:my|our|his|her|their|that|this|the|these|those|every|some|an?) (?:\w+ ){{0,2}}?(?:{_ROLES})(?:'s|s|es)?|(?:my|our) (?:whole |entire )?(?:family|class|team|office|school|parents|kids|children))"
_PERSON = (
    rf"(?:{_WHO}|him|her|them|everyone|everybody|somebody|someone|people|you all|those \w+|these \w+|the (?:kids|teachers?|boss|neighbou?rs?|bastards?|guy|man"
    r"|woman|whole \w+|others|students)|that (?:\w+ )?(?:man|woman|guy|bitch|bastard|girl|boy|teacher|cop)"
    r"|(?:my|our|his|her|their) (?:\w+ )?(?:wife|husband|ex|boss|neighbou?rs?|girlfriend|boyfriend|partner|kids?|children|son|daughter|baby|family"
    r"|parents?|mother|father|mom|mum|dad|brother|sister|roommate|coworkers?|co-workers?|colleagues?|classmates?|teachers?|manager|landlord"
    r"|friends?|stepdad|stepfather|stepmother|uncle|aunt|rapist|abuser|bull(?:y|ies)))"
)
_INTENT = (
    r"(?:i(?:'m| am|m) (?:going to|gonna|about to|planning to|ready to|thinking (?:of|about)|fantasi[sz]ing about|coming to|on my way to|set on|afraid i'?(?:m|ll|might|will)(?: about to| going to)?|afraid i (?:might|may|will|could))"
    r"|i (?:will|want to|wanna|need to|have to|plan to|intend to|am gonna|swear i(?:'ll| will)|could(?! use)|might|decided to|have decided to|keep wanting to"
    r"|feel like|would love to|can'?t stop (?:thinking|myself)(?: about| from)?|really want to|just want to|have (?:an? )?(?:urges?|thoughts?) (?:to|of|about))"
    r"|i(?:'ll|ll|'d like to|'ve decided to)|(?:tonight|tomorrow|today|soon) i(?:'ll| will|'m going to)|(?:urges?|plan(?:s|ning)?|thoughts?|desire|voices? \w+ me) (?:to|of|about))"
)
_VIOLENT = r"(?:kill|murder|stab|shoot|strangle|hurt|harm|attack|poison|beat|choke|drown|smother|slit|bomb|burn|end|cut|massacre|butcher|knife)(?:b|p|t|n|m)?(?:ing)?"

_WEAPON = r"(?:guns?|knife|knives|rifles?|shotgun|pistol|revolver|firearm|blade|machete|axe|hatchet|hammer|baseball bat|crowbar|petrol|gasoline|bombs?|explosives|acid|weapons?|sword|crossbow|ammo|ammunition|bullets?)"
_BODY_OF = r"(?:(?:his|her|their|someone's|somebody's|that (?:\w+ )?\w+'s|the \w+'s|my \w+'s) (?:\w+ )?(?:throat|neck|skull|head|face|brains?|teeth|legs?|arms?|bones|heart|eyes|chest|guts))"
_AIM = rf"(?:{_INTENT}|(?:gonna|imma|ima|going to|'bout to|about to|fixing to|i get to|let me|i keep (?:thinking|imagining|picturing|fantasi[sz]ing|dreaming) (?:about|of)|i (?:\w+ )?(?:think|dream|fantasi[sz]e) (?:\w+ ){{0,3}}?(?:about|of)|we(?:'re| are|'ll| will)(?: going to)?|i(?:'m| am| will be) the one (?:who|to)(?: will)?))"

_DEED = "|".join(
    (
        rf"(?:(?:slit|cut|slash|rip|tear|break|snap|smash|bash|crush|crack|blow|split|cave|stab|wring|stomp|carve|gouge|shoot|bust)(?:ting|ing|ping|ming)? (?:in |out |off |open |through )?{_BODY_OF})",
        rf"(?:(?:set (?:\w+ ){{1,4}}?(?:on fire|ablaze|alight)|burn (?:\w+ ){{1,4}}?(?:down|alive|to death|to the ground)|blow (?:\w+ ){{1,3}}?up(?! (?:balloon|photo|picture|the (?:balloon|picture|photo|mattress)))|shoot (?:\w+ ){{1,3}}?up|(?:\w+ ){{0,4}}?to death|end (?:his|hers?|theirs?|him|them)(?: (?:life|lives|misery|existence))?(?=\W|$)|put (?:him|her|them|{_PERSON}) (?:down|in (?:the|a) (?:ground|grave|hospital|box|coffin)|under)|run (?:him|her|them) (?:over|down)|kill (?:every|all|as many|each|some|people|a |the )\w*)(?! (?:process|server|app|job|tree|weeds?|bugs?|game)))",
        rf"(?:{_VIOLENT} (?:(?:a lot of|lots of|many|some|as many|other|innocent|every|all|a few|any|random) (?:\w+ ){{0,3}}?(?:people|kids|children|students|women|men|strangers|one|of them|them)|them all|strangers|pedestrians|shoppers|commuters|worshippers|classmates|coworkers))",
        rf"(?:(?:{_VIOLENT}) (?:\w+ ){{0,2}}?{_PERSON})",
        rf"(?:(?:run (?:{_PERSON}) (?:over|down)|run over {_PERSON}|(?:beat|punch|kick) {_PERSON} (?:\w+ ){{0,4}}?(?:until|to death|unconscious|pulp|senseless|bloody|stops?)|put (?:a bullet|{_PERSON}|him|her) (?:\w+ ){{0,3}}?(?:in|into|through|under|six feet)|make {_PERSON} (?:\w+ )?(?:pay|suffer|bleed|regret|scream|beg|disappear|sorry)|take {_PERSON} (?:out|down|with me)|blow (?:\w+ )?{_PERSON}|(?:cut|slit|snap|break) {_PERSON} (?:\w+ )?(?:throat|neck|legs?|skull)|wring {_PERSON}|end {_PERSON}|finish {_PERSON} off|get rid of {_PERSON}))",
        r"(?:(?:burn|set fire to|torch|blow up|shoot up|bomb) (?:\w+ ){0,4}?(?:house|home|place|flat|apartment|shop|church|school|office|mosque|synagogue|building|station|car|down))",
        rf"(?:{_VIOLENT} (?:\w+ )?{_PERSON})",
        r"(?:(?:shoot up|blow up|burn down|bomb|massacre) (?:my |the |our |this |that )?\w+)",
        r"(?:(?:bring|take|bringing|taking) (?:a |my |the |an? \w+ )(?:gun|knife|rifle|bomb|weapon)s? (?:to|into) (?:my |the )?(?:school|work|office|class|campus|church|mall))",
    )
)

_THING = (
    r"(?:you|u|it|its|this|that|these|those|me|us|myself|my ?self|time|for|to|in|on|at|by|with|and|or|but|so|the|a|an|my|our|your|some|any|all|off|process\w*|servers?|apps?|programs?|threads?|tasks?|jobs?|scripts?|daemons?|sessions?|ports?|containers?|pods?|tabs?|windows?|bugs?|code|branch\w*|builds?|deploy\w*|weeds?|germs?|bacteria|mould|mold|moss|ants?|"
    r"mosquito\w*|wasps?|roach\w*|cockroach\w*|rats?|mice|mouse|moles?|fleas?|lice|spiders?|flies|fly|slugs?|snails?|pests?|insects?|plants?|trees?|lawn|grass|chickens?|pigs?|turkeys?|deer|fish|ducks?|zombies?|dragons?|orcs?|goblins?|npcs?|monsters?|mobs?|vampires?|enemies|aliens?|demons?|bots?|boss|creepers?|villains?|characters?|heroes|hero|protagonist|king|queen|dragon|"
    r"photos?|pictures?|portraits?|videos?|films?|movies?|footage|scenes?|hoops|baskets?|threes?|pool|raw|stars?|landscapes?|wedding|documentary|interview\w*|exams?|tests?|presentation\w*|speech|shows?|gigs?|sets?|workouts?|homework|deals?|projects?|ideas?|proposals?|bills?|rumou?rs?|joy|mood|vibe|buzz|hope|dreams?|love|lights?|engines?|motor|power|switch|sound|noise|music|songs?|pain|"
    r"cravings?|appetite|hunger|thirst|pizza|burgers?|beers?|coffee|sandwich\w*|cake|steak|curry|drinks?|hours?|minutes?|days?|afternoons?|weekends?|evenings?|printers?|computers?|laptops?|phones?|machines?|routers?|cars?|alarms?|clocks?|bird|birds|two|texts?|emails?|messages?|questions?|shots?|dead|wind|breeze|cells?|cancer|virus\w*|tumou?rs?|yeast|odou?rs?|smells?)"
)

OTHERS_AIMED = any_of(
    rf"{_AIM} (?:\w+ ){{0,2}}?(?:kill|murder|stab|strangl|behead|butcher|massacr|slaughter|assassinat|lynch|gun down|mow down|shoot|smother|suffocat|tortur|maim)(?:e|b?ing|ing|s)? (?:(?:the|my|our|that|this|those|these|every|all|all of|all the|his|her|their|a|an|some|whole|entire|fucking|stupid|little|old|both|each) ){{0,3}}(?!{_THING}(?:\W|$))\w+(?!\W{{1,2}}(?:process|server|fight|level|scene|photo|series|mode|switch)\w*)",
)
"""Means to kill somebody, whoever it is: anything that is not a thing, a beast or a figure."""

ASKS_HOW = any_of(
    r"how (?:do|can|could|would|should|to)|what(?:'s| is| are) the|which|help me|give me|tell me|teach me|show me|walk me|list|write|explain|without (?:getting|being) caught|get away with"
)
"""Asks for means, which is harm and no declared intent."""

OTHERS_EXPLICIT = any_of(
    rf"{_AIM} (?:\w+ ){{0,4}}?(?:{_DEED})",
    rf"(?:see|want|wish|like|have|need) (?:{_PERSON}) (?:\w+ )?(?:dead|to die|bleed|suffer|in the ground|gone for good|to hurt|to feel (?:pain|it))",
    rf"(?:i|i'm|i've|i am|and) (?:\w+ ){{0,7}}?(?:with|have|got|holding|carrying|hid|packed|brought|bringing|grab\w*|took) (?:a|my|the|his|our|dad's|my \w+'s) (?:\w+ )?{_WEAPON} (?:\w+ ){{0,3}}?(?:in (?:my|the) (?:bag|hand|hands|car|pocket|coat|backpack|lap|trunk|truck)|on me|with me|ready|loaded|right here|by my side|under my)",
    rf"(?:i'm|i am|i'll be|i'll|i've been|me) (?:\w+ ){{0,3}}?(?:outside|waiting|standing|going|headed|heading|walking|driving|coming|parked|back|over|sitting|hiding|on my way|at) (?:\w+ ){{0,7}}?(?:with|holding|carrying|and i(?:'ve)? (?:have|got)) (?:a|my|the|an) (?:\w+ )?{_WEAPON}",
    rf"(?:i'm|i am|i|i've|just) (?:\w+ )?(?:loading|loaded|cocking|cocked|sharpening|sharpened) (?:\w+ ){{0,2}}?{_WEAPON}|(?:have|got|carrying|bringing) (?:\w+ ){{0,2}}?{_WEAPON} (?:\w+ ){{0,6}}?(?:driving|going|walking|heading|on my way|coming) (?:\w+ ){{0,2}}?(?:there|over|to)",
    rf"(?:tonight|tomorrow|today|soon|this week|on \w+day) (?:\w+ ){{0,2}}?(?:{_PERSON}|he|she|they|someone|somebody|everyone) (?:\w+ )?(?:dies?|bleeds?|burns?|pays with|gets? (?:it|hurt|shot|stabbed|killed))|(?:{_PERSON}|he|she|they|someone|somebody|everyone|everybody|people|you all) (?:\w+ ){{0,5}}?(?:is|are|will|'s|'ll|going to|gonna) (?:\w+ ){{0,3}}?(?:bleed|die|get hurt|get killed|get shot|be dead|be killed) (?:\w+ ){{0,3}}?(?:tonight|tomorrow|today|soon|on \w+day|this (?:week|time|weekend)|by my|because of me|if i)",
    rf"(?:going to|gonna|might|could|about to|will|afraid i'll|scared i'll|scared i might) (?:\w+ )?(?:snap|lose it|lose control|explode) (?:\w+ ){{0,3}}?(?:{_VIOLENT}|hurt|on) (?:\w+ )?{_PERSON}|(?:urges?|thoughts?|impulses?|voices?|fantas(?:y|ies)) (?:\w+ ){{0,3}}?(?:to|of|about) (?:\w+ )?{_VIOLENT} (?:\w+ )?(?:{_PERSON}|people|others|someone)",
    rf"(?:i|i'll|i've|i'm) (?:\w+ ){{0,4}}?(?:do|doing|done) something (?:\w+ )?(?:terrible|bad|horrible|awful|violent|unforgivable|stupid|unspeakable) to {_PERSON}",
    rf"(?:voices?|head|something|god|demons?) (?:\w+ ){{0,2}}?(?:tell\w*|order\w*|want\w*|command\w*|say\w*) (?:me )?(?:to )?(?:\w+ )?(?:{_VIOLENT}) {_PERSON}",
    r"(?:i|i've|i'm|i'll) (?:\w+ ){0,3}?(?:bring|bringing|brought|take|taking|took|carry|carrying|got|have|bought|loaded|grab|grabbing|packed|packing|borrowed|stole|hid|sharpened) (?:\w+ ){0,3}?(?:gun|knife|rifle|pistol|shotgun|revolver|weapon|blade|machete|axe|hammer|petrol|gasoline)s? (?:\w+ ){0,9}?(?:to school|to work|to (?:class|church|campus)|(?:his|her|their|boss's|ex's|neighbou?r's) (?:house|place|home|door|office|work|flat)|for (?:him|her|them|one reason|one person|this)|(?:he|she|they|it)(?:'s| is|'re| are|'ll| will) (?:\w+ )?(?:first|next|pay|see|die|dead|over|sorry|regret)|(?:his|her) name|\w+'s house|make (?:him|her|them) pay|end this)",
    r"(?:what i need|everything i need|something|a present|a surprise) (?:\w+ ){0,4}?to (?:hurt|kill|stab|shoot|finish|end) (?:him|her|them|my \w+)|(?:wait|waiting|lie in wait|be there) (?:\w+ ){0,6}?(?:for|until) (?:him|her|them|he|she|they) (?:\w+ ){0,12}?(?:gun|knife|weapon|hurt|kill|pay|dead|bat)",
    r"(?:he|she|they|it|everyone|all of them|those people|these people|that bitch|that bastard|my \w+) (?:is|are|will|'ll|'s|'re) (?:going to |gonna |all )*(?:die|pay|be dead|bleed|be sorry|regret it) (?:tonight|today|tomorrow|soon|for (?:this|what|it))",
    r"(?:i|we) (?:have|got|bought|loaded|am holding|hold|own|keep|sharpened|'ve got|'ve loaded) (?:a |my |the |an )?(?:\w+ )?(?:gun|knife|rifle|shotgun|weapon|bat|axe|machete)s? (?:and|ready|in my|for (?:him|her|them)|with)",
    r"(?:make|making) (?:him|her|them|all of them|everyone) (?:all )?(?:pay|suffer|bleed) (?:tonight|today|tomorrow|soon|with)|(?:waiting|going) (?:for|to) (?:him|her|them|their|his) ~ (?:gun|knife|weapon|house)|taking (?:them|everyone|as many) (?:all )?(?:down )?with me|(?:take|bring) (?:as many|everyone|them) ~ with me|not (?:going to )?(?:live|survive|see) (?:through )?(?:tonight|tomorrow|the (?:night|week))",
    rf"(?:kill|hurt|stab|shoot) {_PERSON} and (?:then )?(?:myself|my ?self)",
)
"""Words that declare violence against others, by the speaker."""

OTHERS_VEILED = any_of(
    rf"(?:{_PERSON}|he|she|they|who) (?:\w+ ){{0,2}}?(?:is|are|was|'s|'re|will|'ll|be|he's|she's) (?:\w+ ){{0,3}}?(?:dead(?: man| woman| meat)?|pay|bleed|suffer|gone|done for|get (?:it|what)|going down|stop laughing)",
    r"(?:he's|she's|they're|he'll|she'll|they'll) (?:\w+ ){0,3}?(?:dead|pay|bleed|suffer|going down|find out|get (?:it|what)|see|stop laughing)",
    rf"(?:{_PERSON}|he|she|they|nobody|no one) (?:\w+ ){{0,2}}?(?:won'?t|will not|isn'?t going to|aren'?t going to|'ll never|will never|never|not) (?:\w+ ){{0,2}}?(?:live|survive|see (?:the|another|tomorrow|next|his|her|christmas)|walk (?:again|away)|wake up|make it|leave (?:\w+ )?alive|(?:be )?a problem|hurt (?:anyone|me|us)|laugh(?:ing)?|breathe|come home|walk)",
    r"get(?:s|ting)? what (?:\w+ )?(?:coming|deserves?)|had it coming|know (?:where|when|which way|what time) (?:\w+ )?(?:he|she|they|he's|she's|they're) (?:\w+ )?(?:lives?|parks?|sleeps?|walks?|works?|alone|leaves?)|feel it before|stop laughing|wipe (?:that|the) (?:smile|grin)|without the (?:baby|kids?|children)|wants? (?:him|her|them) (?:dead|gone)|want (?:him|her|them) (?:\w+ )?(?:dead|gone|to feel|to suffer|to bleed)|somebody has to (?:stop|end)",
)
"""Words that may hide a threat."""

RESOLVE = any_of(
    r"i'?(?:ve| have) (?:\w+ )?(?:planned|plan|got it all|decided|bought|got|made up)|got it all planned|all planned|i'?ll (?:\w+ )?(?:be (?:waiting|there|ready)|make sure|see to it|do it|have to do)|make sure|armed|ready|i swear|mark my words|a promise|i promise|(?:nobody|no one|nothing) (?:can|will|could) stop me|tonight|tomorrow|this (?:week|weekend|evening|time)|on (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)|after (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tonight|tomorrow)|before it'?s over|what i would have to do|going to do it|don'?t care if|gun|knife|weapon|prison|jail|i know (?:where|when|which)|they'?ll (?:see|find out)|she'?ll find out|he'?ll find out|for good|once and for all"
)
"""Says that it is meant, or when."""

HARMLESS_ARMS = any_of(
    r"hunt\w*|shooting range|licen[sc]e|camping|kitchen|cook\w*|chef|museum|collection|antique|prop|toy|nerf|airsoft|paintball|water gun|glue gun|heat gun|nail gun|butter knife|legal\w*|permit"
)
"""Arms that nobody is to be hurt with."""
