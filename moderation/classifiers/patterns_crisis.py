"""Pure: signs that somebody may be in danger, and what makes such a sign only look so.

In doubt a sign counts: a false alarm costs a reading, a missed one may cost a life. Ordinary sadness is no sign by itself; several
heavy feelings together are. A question how to hurt others is harm and not a crisis, a declared intent to do it is one.
"""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

from moderation.classifiers.patterns import any_of

_ME = r"(?:myself|my ?self|meself|mysel)"
_BODY = r"(?:my (?:\w+ )?(?:wrists?|arms?|legs?|thighs?|skin|veins?|throat|stomach|body|hands?|head|scars?|ankles?|neck))"
_LIFE = r"(?:my|it|this|one'?s|ur|your) (?:own )?(?:life|lives|existence|suffering|misery)"
_KIN = (
    r"(?:my|our) (?:\w+ )?(?:friend|sister|brother|mom|mum|mother|dad|father|son|daughter|wife|husband|partner|girlfriend|boyfriend|cousin"
    r"|roommate|roomie|student|classmate|uncle|aunt|niece|nephew|kid|child|ex|fiancee?|spouse|bestie)s?"
)
_PERSON = (
    r"(?:him|her|them|everyone|everybody|somebody|someone|people|you all|those \w+|these \w+|the (?:kids|teachers?|boss|neighbou?rs?|bastards?|guy|man"
    r"|woman|whole \w+|others|students)|that (?:\w+ )?(?:man|woman|guy|bitch|bastard|girl|boy|teacher|cop)"
    r"|(?:my|our|his|her|their) (?:\w+ )?(?:wife|husband|ex|boss|neighbou?rs?|girlfriend|boyfriend|partner|kids?|children|son|daughter|baby|family"
    r"|parents?|mother|father|mom|mum|dad|brother|sister|roommate|coworkers?|co-workers?|colleagues?|classmates?|teachers?|manager|landlord"
    r"|friends?|stepdad|stepfather|stepmother|uncle|aunt|rapist|abuser|bull(?:y|ies)))"
)
_INTENT = (
    r"(?:i(?:'m| am|m) (?:going to|gonna|about to|planning to|ready to|thinking (?:of|about)|fantasi[sz]ing about|coming to|on my way to|set on)"
    r"|i (?:will|want to|wanna|need to|have to|plan to|intend to|am gonna|swear i(?:'ll| will)|could|might|decided to|have decided to|keep wanting to"
    r"|feel like|would love to|can'?t stop (?:thinking|myself)(?: about| from)?|really want to|just want to|have (?:an? )?(?:urges?|thoughts?) (?:to|of|about))"
    r"|i(?:'ll|ll|'d like to|'ve decided to)|(?:tonight|tomorrow|today|soon) i(?:'ll| will|'m going to)|(?:urges?|plan(?:s|ning)?|thoughts?|desire|voices? \w+ me) (?:to|of|about))"
)
_VIOLENT = r"(?:kill|murder|stab|shoot|strangle|hurt|harm|attack|poison|beat|choke|drown|smother|slit|bomb|burn|end|cut|massacre|butcher|knife)(?:ing|ting|ning)?"

SELF_EXPLICIT = any_of(
    r"(?:why|reason|whether) (?:i should|should i|to|bother|i) (?:\w+ )?(?:live|living|go on|exist|stay alive|be alive)",
    r"end(?:ing)? (?:it|things|everything) (?:all|tonight|soon|today|tomorrow|for good|forever|myself)|(?:thinking|thoughts|think|thought) (?:of|about) (?:just )?ending (?:it|things|everything|all)",
    r"(?:bottles?|handful|packs?|box(?:es)?|stash) of (?:\w+ )?(?:pills|tablets|meds|medication|painkillers|paracetamol|tylenol|xanax|opioids)",
    r"(?:care|notice|mind|matter|miss me|sad|cry|better|happier|easier) (?:\w+ )?(?:if|when|once) i(?:'m|'d| am| was| were| had| just)? (?:\w+ )?(?:died|die|dead|gone|disappeared?|killed|vanish\w*|not here|never)",
    r"i (?:\w+ )?cut (?:again|last night|tonight|today|deep\w*|too deep|more)|fresh (?:cuts|scars)",
    r"(?:pain|it|everything|suffering) to (?:stop|end|be over) (?:forever|for good|permanently)|(?:point|purpose|use) (?:of|in) (?:being alive|living|going on|existing|my life|staying alive)",
    r"(?:stop|quit) (?:existing|living|being alive|breathing)|want(?:ed|ing)? out of (?:it all|(?:this |my )?life|living|existence)|(?:have|got|made|with) (?:a |the |my )?(?:plan|date|method) (?:and (?:a |the )?(?:date|plan|method|note|pills|rope|means)|to (?:do it|die|end it|kill))|life has no (?:meaning|point|purpose|value)|(?:is|be) my last (?:night|day|message|hours?|time here)|(?:except|but|only|other than) (?:\w+ )?(?:death|dying|suicide|to die)",
    rf"(?:kill|killed|killing|hang|hanged|hung|hanging|shoot|shooting|shot|drown|drowning|poison|starve|starving|off|offing|unalive|unaliving|end|ending) {_ME}",
    rf"(?:cut|cutting|cuts|hurt|hurting|harm|harmed|harming|burn|burned|burnt|burning|injure|injured|injuring|scratch|scratching|hit|hitting|slice|sliced|slicing|slash|stab|bite|punish|bloodlet\w*|bleed|carve|carving|punch|punching|slicing|starve|mutilat\w+) (?:up )?{_ME}",
    rf"(?:cut|cutting|slit|slitting|slash|slashing|slice|slicing|burn|burning|carv\w+|open|opening|scratch\w*) (?:up )?{_BODY}",
    r"(?:commit|committing|attempt|attempted|attempting|consider|considering|contemplat\w+|about|of|by|thought of|try|tried|plan|planning|planned) ~ suicide",
    r"suicid\w+|self[- ]?harm\w*|self[- ]?injur\w*|self[- ]?mutilat\w*|unalive|kms|ctb",
    rf"(?:end|ending|take|taking|took|ended|finish|finishing) (?:{_LIFE}|it all|my own life|things for good)",
    r"(?:want|wanted|wanna|wish|wished|ready|deserve|hope|like|rather|prefer|going|need|waiting|decided|better) (?:i (?:was|were|could|would)? ?)?(?:just )?(?:to )?(?:be )?(?:die|dead|dying)",
    r"wish(?:ed|ing)? (?:for )?(?:my (?:own )?death|i (?:was|were|had) (?:dead|never (?:been )?born|gone|never existed)|to (?:die|disappear))",
    r"(?:don'?t|do not|dont|didn'?t|not|no longer|never|can'?t) (?:\w+ )?(?:want|wanna|wish|like|desire|care|need) (?:to )?(?:be (?:alive|here|around|in this world|a part of this \w+)|live|exist|wake up|go on|keep living|keep going|continue living|see tomorrow|if i (?:live|die|wake))",
    r"(?:never|not|don'?t) (?:want to )?wak(?:e|ing) up|(?:hope|pray|wish) (?:that )?i (?:don'?t|never|won'?t) wake",
    r"better off (?:without me|dead|if i)|(?:world|family|everyone|everybody|they|people|kids) (?:would|will|'d|might) (?:\w+ )?(?:better|happier|fine) (?:off )?without me",
    r"(?:no|any|a|without) (?:reasons?|point|purpose|will|desire) (?:left )?(?:to|in|for me to) (?:live|living|go on|going on|exist|continue|keep going|stay)|not worth living|nothing (?:left )?to live for|tired of (?:living|life|being alive|existing|this life)|done with (?:life|living|everything)|life is(?:n'?t| not) worth|give up on life",
    r"(?:goodbye|farewell|suicide|my (?:final|last)) (?:letters?|notes?)|(?:say|saying|said) (?:my )?(?:final |last )?goodbyes?|last (?:night|day) (?:on earth|alive)|won'?t be (?:here|around) (?:tomorrow|anymore|much longer|when|by)|(?:after|when|once|before) i(?:'m| am|m)? (?:gone|dead|die|kill)",
    r"(?:overdos\w+|(?:took|take|taking|swallow\w*|saved|saving|stockpil\w+|hoard\w*|down) (?:all |a |too many |enough |the |my |whole |an )*(?:\w+ )?(?:bottle of |handful of |lot of )?(?:pills|tablets|meds|medication|sleeping pills|paracetamol|tylenol|painkillers|overdose))",
    r"(?:jump|jumping|leap|throw myself|step|walk|walking|drive|driving|crash) (?:off|from|in front of|into) (?:of )?(?:a |the |my |an )*(?:\w+ )?(?:bridge|roof|building|balcony|train|cliff|window|ledge|traffic|truck|tracks|tree|wall|river)",
    r"(?:gun|rope|noose|blade|razor|knife|pistol|rifle) (?:to|against|at|around|in) my (?:\w+ )?(?:head|wrists?|neck|mouth|throat|temple|hand|arm|skin)|(?:tied|bought|got|found|have) (?:a |the |my )?(?:noose|rope)",
    r"(?:can'?t|cannot|can not|couldn'?t|cant) (?:\w+ )?(?:go on|keep going|do this (?:any ?more|any longer)|take (?:it|this|life) (?:any ?more|any longer)|carry on|live like this|stay alive|keep (?:living|fighting|doing this)|bear (?:to live|it any))",
    r"(?:urges?|temptation|want|wanting|started|start|relaps\w+|resist|stop(?:ped)?|addicted to|back to|quit|been) (?:to |the |with |of |by |into )*(?:cut|cutting|bleed|burning myself|purge|purging|starve|self harm)",
    r"(?:when|after|keep|while|not|i'?m|still|been|by|i do|doing) (?:i'?m |i |not )?cutting(?! (?:the|a|my (?:hair|grass|lawn|hours|costs)|down|corners|board|costs|back|edge))|harm(?:ing)? myself|cutting (?:is|was|helps?|as|makes|again)|(?:my|hide|fresh|new|the|these) (?:\w+ )?(?:self[- ]harm )?(?:scars|cuts)",
    r"(?:disappear|be gone|sleep|fade away|vanish) (?:forever|for good|permanently|and never)|put an end to (?:it|my|everything|all)|(?:out|way out) of (?:this|my) (?:life|misery)|leave this (?:world|life|earth)|ready to go (?:forever|for good)|check(?:ing)? out (?:of life|for good)|join (?:him|her|them) in (?:heaven|death)|death (?:is|would be) (?:the only|a relief|better|peaceful|my)",
    r"(?:painless|easiest|best|quickest|peaceful|fastest|least painful|good|how many \w+) (?:way|ways|method|methods|does it take|would it take|to take) (?:for me )?(?:to|of) (?:die|dying|kill|go|end|death)|lethal dose|how many \w+ (?:would|will|does it take to|to) (?:kill|take|die|overdose)",
    r"ate? nothing (?:for|in) (?:\w+ )?days|eating disorder|anorexi\w+|bulimi\w+|(?:haven'?t|have not|not) eaten (?:in|for) (?:\w+ )?days|make myself (?:throw up|vomit|sick)",
    r"voices? (?:\w+ ){0,3}(?:tell|telling|order|ordering|say|saying|command|commanding)|(?:hear|hearing) voices|(?:i'?m|am) (?:losing my mind|having a (?:breakdown|psychotic)|not safe (?:with|from|around) myself)|panic attack right now",
)
"""Words that speak of the speaker's own death or injury."""

SELF_HEAVY = any_of(
    r"hopeless\w*|worthless|helpless|empty inside|unbearable|numb|trapped|suffocating|drowning in|desperate|despair\w*|meaningless|pointless",
    r"(?:hate|hating|despise|loathe) (?:myself|my life|being (?:me|alive)|everything about me|who i am)",
    r"(?:a|such a|just a|only a|nothing but a) (?:burden|failure|waste|mistake|disappointment)|burden (?:to|on) (?:\w+ )?",
    r"nobody (?:would )?(?:cares?|care|notice|loves?|miss|wants?)|no one (?:would )?(?:cares?|notice|loves?|miss|wants?|to talk to|left)|(?:so|all|completely|totally|utterly) alone",
    r"can'?t (?:\w+ )?(?:stop crying|breathe|cope|handle (?:it|this)|feel anything|get out of bed|sleep or eat)|breaking (?:down|apart)|falling apart|at rock bottom|end of my rope|lost (?:all )?hope|given up|giving up|no way out|no hope|no future|crying every|crying (?:all|myself)|what'?s the point",
    r"death|dying|deep(?:ly)? depress\w+|severe(?:ly)? depress\w+|so depressed|clinical depression",
    r"(?:i )?can'?t (?:do|take) (?:it|this)|(?:make|want) (?:it|the pain|this|everything) (?:all )?(?:to )?(?:stop|end|go away)|(?:just )?want (?:it|everything|this) (?:all )?to (?:be over|end|stop)|emotional(?:ly)? (?:pain|release|numb)|everything hurts",
)
"""Heavy feelings, none of them a sign by itself."""

OTHERS_EXPLICIT = any_of(
    rf"{_INTENT} (?:\w+ ){{0,2}}{_VIOLENT} (?:\w+ )?{_PERSON}",
    rf"{_INTENT} (?:\w+ ){{0,2}}(?:shoot up|blow up|burn down|bomb|massacre) (?:my |the |our |this |that )?\w+",
    rf"{_INTENT} (?:\w+ ){{0,2}}(?:bring|take|bringing|taking) (?:a |my |the |an? \w+ )(?:gun|knife|rifle|bomb|weapon)s? (?:to|into) (?:my |the )?(?:school|work|office|class|campus|church|mall)",
    r"(?:he|she|they|it|everyone|all of them|those people|these people|that bitch|that bastard|my \w+) (?:is|are|will|'ll|'s|'re) (?:going to |gonna |all )*(?:die|pay|be dead|bleed|be sorry|regret it) (?:tonight|today|tomorrow|soon|for (?:this|what|it))",
    r"(?:i|we) (?:have|got|bought|loaded|am holding|hold|own|keep|sharpened|'ve got|'ve loaded) (?:a |my |the |an )?(?:\w+ )?(?:gun|knife|rifle|shotgun|weapon|bat|axe|machete)s? (?:and|ready|in my|for (?:him|her|them)|with)",
    r"(?:make|making) (?:him|her|them|all of them|everyone) (?:all )?(?:pay|suffer|bleed) (?:tonight|today|tomorrow|soon|with)|(?:waiting|going) (?:for|to) (?:him|her|them|their|his) ~ (?:gun|knife|weapon|house)|taking (?:them|everyone|as many) (?:all )?(?:down )?with me|(?:take|bring) (?:as many|everyone|them) ~ with me|not (?:going to )?(?:live|survive|see) (?:through )?(?:tonight|tomorrow|the (?:night|week))",
    rf"(?:kill|hurt|stab|shoot) {_PERSON} and (?:then )?(?:myself|my ?self)",
)
"""Words that declare violence against others, by the speaker."""

FRIEND = any_of(
    rf"{_KIN} (?:\w+ ){{0,8}}?(?:suicid\w+|kill (?:him|her|them)(?:self|selves)|cutting|overdos\w+|end (?:his|her|their) life|wants? to die|self[- ]?harm\w*)"
)
"""Somebody near the speaker in danger: a sign too, if a weaker one."""

DENIED = any_of(
    r"(?:not|n'?t|never|no longer|nothing|nor|without|isn'?t|wasn'?t|don'?t|wouldn'?t|didn'?t) (?:(?:feel|feeling|being|be|am|was|have|having|thinking|going|planning|want|wanting|about|of|to|ever|any|been|a|really|actually|considering|currently|at all|here|trying) ){0,4}",
)
"""A denial right before a sign: lowers it, and does not clear it."""

AFAR = any_of(
    r"(?:song|lyrics?|films?|movies?|novels?|book|character|story|stories|fiction\w*|poem|scene|screenplay|plot|album|band|squad|game|protagonist|play|episode|series|chapter|fanfic\w*|comic|manga|anime|opera|documentary|headline)s?",
    r"(?:prevention|statistics|rates?|research|study|studies|article|history|news|awareness|hotline|policy|policies|essay|thesis|data|psychology|terrorist|bomber|bombing|bombers|attack|attacks|mission|pact|cult|philosophy|durkheim|euthanasia|assisted|genes?|cells?|inhibit\w*)",
    r"(?:translate|summari[sz]e|define|definition|meaning of|analy[sz]e|rewrite|paraphrase|quote|said|according to|author|celebrity|famous|king|queen|soldiers?|romeo|hamlet|socrates)",
    r"(?:kill|end|terminat|stopp?)\w* (?:\w+ ){0,3}?(?:process(?:es)?|threads?|programs?|scripts?|servers?|tasks?|jobs?)|linux|python|boss fight|minecraft|gta|fortnite",
)
"""Distance: art, learning, news or machines."""

NEAR = any_of(r"i'?m|i'?ve|i'?d|i'?ll|i am|i feel|i felt|i have|i want|i just|i can|i don|i keep|i think|i hate|i|me|my|myself|im|ive")
"""The speaker speaks of themselves."""

AS_FIGURE = any_of(
    r"(?:beat|beating|destroy\w*|crush\w*|kill\w*|murder\w*|end|smash\w*) (?:\w+ ){1,3}?(?:at|in) (?:\w+ )?(?:chess|tennis|poker|golf|cards|pool|darts|basketball|soccer|football|monopoly|smash|mario|fifa|race|match|game|tournament|competition|debate|quiz|ping ?pong|video games?)",
    r"(?:kill|killing|hurt|shoot|shooting) (?:myself|my ?self) (?:laughing|a beer|a look|with (?:this )?(?:homework|coffee)|in the foot)|shoot (?:myself|yourself) in the foot|(?:dying|die|died|dead) (?:of|to|from) (?:laugh\w*|boredom|curiosity|embarrassment|cute\w*|know|see|try|meet|hear)|(?:killing|kills?) me|(?:my )?(?:feet|back|boss|phone|battery|wifi|internet|car|laptop) (?:is|are|just)? ?(?:killing|dying|died|dead)|suicide (?:squad|door|cable|lane|burn|run|wing)s?|career suicide|political suicide|social suicide|(?:cut|cutting) (?:my|your) (?:own )?(?:hair|nails|bangs|losses|hours|costs)|hurt (?:myself|my \w+) (?:at|while|when|during|playing|running|lifting|doing|in) (?:\w+ )?(?:the )?(?:gym|work|practice|soccer|football|running|lifting|yoga|exercise|sports?|training|hiking|skiing|climbing|basketball|game|yard)|(?:cut|burned|burnt|hurt) myself (?:\w+ )?(?:shaving|cooking|by accident|accidentally|while|chopping|slicing|on (?:the|a|some) (?:glass|stove|oven|paper|pan|iron|coffee|hot|can))",
)
"""Phrases that only sound like a sign."""
