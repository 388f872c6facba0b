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
_GONE = r"(?:gone|dead|died|die|dying|not (?:here|alive|around|there|exist\w*)|no longer (?:here|alive|around|there)|disappear\w*|vanish\w*|never (?:been )?born|out of the (?:picture|way)|(?:wasn'?t|weren'?t|isn'?t|ain'?t) (?:\w+ )?(?:here|alive|around|there|born|breathing))"
_IF_I = r"(?:if|when|once|after|without|with|that|now that|should) (?:only )?(?:i|me|i'm|i'd|i'll)"
_NO = r"(?:no|isn'?t|aren'?t|wasn'?t|not|never|hardly|barely|without|lost|lose|losing|nothing|any|what(?:'s| is)? the|don'?t|doesn'?t|can'?t|cannot|run out of|ran out of|out of|beyond|zero)"
_GO_ON = r"(?:keep (?:living|going|fighting|existing|breathing)|go on (?:living|like this|existing|any|much|with (?:life|this life)|without)|live (?:like this|any ?more|any longer|with (?:this|myself|it all)|through)|carry on (?:living|like this|any)|hold on (?:any|much|for)|hang on (?:any|much)|survive (?:this|another|the|without|tonight)|face (?:another|tomorrow|the (?:day|morning)|one more)|make it (?:through|past|to) (?:the|this|another|tonight|tomorrow|my|christmas|spring|summer|next)|(?:do|take|bear|stand|endure) (?:this|it|life|living|the pain|being alive) (?:any ?more|any longer|much longer|another|one more)|get through (?:tonight|the night|another|this night)|be here (?:any|much)|stay alive)"

_HARMED = r"(?:cut|cuts|cutting|slit|slash\w*|slic\w+|burn(?:ed|t|ing|s)?|scratch\w*|carv\w+|hit|hitting|punch\w*|bit|biting|bruis\w+|stab\w*|scald\w*|scrap(?:ed|ing))"

SELF_EXPLICIT = any_of(
    r"(?:my (?:own )?(?:death|suicide|funeral)|thoughts? (?:of|about) (?:my )?(?:death|dying|suicide|ending it)|(?:pictur\w+|imagin\w+|think\w* (?:of|about)|thought (?:of|about)|fantasi[sz]\w+ about|plan\w*|dream\w* (?:of|about)|obsess\w+ (?:over|about|with)) (?:my (?:own )?|about )?(?:death|dying|jumping(?! (?:ship|in|on|rope))|drowning|overdosing|not existing|being (?:dead|gone)))",
    r"(?:i|i'm|i am|i was) (?:\w+ )?(?:don'?t|do not|didn'?t|never|not|no longer|wasn'?t) (?:\w+ ){0,3}?(?:deserve|fit|meant|supposed|made|want|belong|care) (?:\w+ ){0,2}?(?:to (?:live|exist|be (?:alive|here|born)|survive)|for this (?:world|life)|in this (?:world|life))|(?:still |stay |keep me |keep myself |be )alive (?:tomorrow|tonight|next|by|after|until|any ?more|when|for much)|(?:regret|hate|sorry|ashamed) (?:\w+ )?(?:being alive|to be alive|that i(?:'m| am) (?:alive|still here))|(?:wish|wished) (?:i |they |you |the \w+ )?(?:\w+ ){0,2}?(?:had (?:never|died|killed me)|hadn'?t (?:saved|found|woken)|let me die)",
    r"(?:don'?t|do not|not|nothing|no|never|leave|leaving|out of|done with|quit|exit) (?:\w+ ){0,6}?(?:this|the) (?:planet|world|earth)(?=\W*$|[.,;!]| any ?more)|nothing (?:\w+ )?(?:left|here) (?:\w+ )?(?:for me|to (?:live|stay) for)(?! to)|(?:want|need|wish|ready for|waiting for) (?:it|it all|everything|this) (?:all )?(?:to )?(?:be over|end)(?=\W*$|[.,;!])",
    r"(?:courage|guts|nerve|brave enough|strength|note|letter|pills|bottle|rope|knife|ready|scared|afraid|plan|tonight|before i) (?:\w+ ){0,7}?(?:do it|go through with it|end it|end everything|jump)(?=\W|$)|do it (?:\w+ )?if i (?:had|could|wasn'?t|weren'?t)|(?:go|going|went|gone) through with it|(?:plan|date|day|time|method) (?:is |has been |'s )?(?:set|chosen|fixed|picked|planned) (?:\w+ ){0,8}?(?:courage|guts|do it|end|goodbye|die|gone|over)",
    r"(?:swallow\w*|took|taken|taking|downed|drank|drunk|ate) (?:\w+ ){0,5}?(?:everything in|too many (?:\w+ )?(?:pills|tablets|of my|of them|meds)|(?:too much|all) (?:of )?(?:my|the|his|her) (?:\w+ )?(?:meds|medication|pills|medicine|insulin|tablets)|whole (?:bottle|box|packet|pack)|bleach|antifreeze|rat poison)|(?:pills|tablets|blade|razor|rope|noose|gun|knife) (?:\w+ ){0,3}?(?:in front of me|in my (?:hand|hands|lap|mouth)|next to me|on the table|beside me|ready|and (?:i'm|nobody|no one|a beam|a note))|enough (?:pills|tablets|of (?:these|them)) (?:\w+ ){0,4}?(?:to|never)",
    r"(?:top of|edge of|roof|bridge|ledge|car park|parking garage|tower|cliff|balcony|platform|railing) (?:\w+ ){0,7}?(?:looking down|jump\w*|over the edge|let go|step off|long way down)|(?:thinking|thought|think|want|wanted|going|about|ready|tempted|urge) (?:\w+ ){0,3}?(?:of |about |to )?(?:jump(?:ing)?|let(?:ting)? go|step(?:ping)? off)(?=\W*$|[.,;!]| off| from| in front)|(?:drive|driving|steer|steering|crash|crashing|swerve|swerving) (?:\w+ ){0,4}?(?:my car |the car |my truck )?(?:into|off|in front of) (?:a|an|the|oncoming) \w+",
    r"(?:painless\w*|painful|quick\w*|easiest|easy|peaceful\w*|gentl\w+|fast\w*|clean\w*) (?:\w+ ){0,2}?(?:way|method|exit|death) (?:out|to go|to leave|to end|to stop|to die)|(?:way|ways) out(?: of (?:here|this|life|everything))? (?:\w+ ){0,3}?(?:painless|hurt|quick)|(?:not|won'?t|no longer) (?:\w+ ){0,3}?be (?:\w+ )?(?:a |an |anyone's |anybody's |your )?(?:problem|burden|bother|trouble) (?:\w+ ){0,4}?(?:much longer|any ?more|soon|after|any longer)|(?:get|getting|got|gets) over (?:my death|losing me|me being|me dying)",
    r"(?:me|i|i'll|i'm|i've) (?:\w+ ){0,4}?(?:go|going|leave|leaving|rest|sleep|disappear|vanish|gone|exit|check out)\W{1,3}(?:permanently|for good|forever|for ever)(?=\W|$)|time for me to (?:go|leave|die|end)(?=\W*$|[.,;!])|(?:said|saying|say|made) (?:all )?(?:of )?my (?:\w+ )?(?:goodbyes?|peace|farewells?)|(?:writ(?:e|ing|ten)|wrote|left|leaving|finished) (?:\w+ ){0,4}?(?:notes?|letters?) (?:for|to) (?:my|the|each|everyone|them) (?:\w+ ){0,6}?(?:before|explain\w*|why|sorry|goodbye|when i|after i|do it|find|forgive)",
    rf"(?:i|i've|i'm|i'd) (?:\w+ ){{0,3}}?{_HARMED} (?:up )?{_BODY} (?:\w+ ){{0,5}}?(?:because|hate|deserve|punish|relief|with (?:a|my|the)|again|so i|just to feel|to feel|on purpose|last night|tonight|today)|{_HARMED} (?:\w+ ){{0,2}}?(?:to feel|because i (?:hate|deserve)|on purpose|makes me feel|is the only)|(?:hate|hating) (?:my ?self|being alive|my life) so much|(?:started|start|back to|gone back to|relapsed into|again) (?:\w+ )?(?:cutting|self[- ]?harm\w*|burning|hurting myself|purging|starving)",
    rf"(?:better|easier|happier|relieved|lighter|fine|best|glad|free|simpler|nicer|kinder|relief) (?:\w+ ){{0,5}}?{_IF_I} (?:\w+ ){{0,3}}?{_GONE}",
    rf"{_IF_I}(?: (?:was|were|am|just|had|have|simply|suddenly|finally))* {_GONE}",
    rf"(?:nobody|no one|anyone|anybody|who|they|people|everyone|everybody|world) (?:\w+ ){{0,3}}?(?:notice|miss|care|cry|mourn|remember|mind) (?:\w+ ){{0,3}}?(?:if|when|once) i (?:\w+ ){{0,3}}?(?:{_GONE}|left)",
    rf"(?:i|i've|i'd|i'm) (?:\w+ ){{0,3}}?(?:can'?t|cannot|can not|couldn'?t|cant|don'?t think i can|not sure (?:that )?i can|don'?t know (?:if|how|whether) (?:i can|i could|much longer i can|to)|unable to|(?:no|have no|without) strength to|not strong enough to|won'?t|will not|not going to|don'?t want to|do not want to|refuse to|too (?:tired|weak|exhausted) to) (?:\w+ ){{0,2}}?{_GO_ON}",
    rf"{_NO} (?:\w+ ){{0,3}}?(?:points?|reasons?|purpose|will|sense|use|meaning|worth|desire|strength|energy|hope) (?:\w+ ){{0,5}}?(?:live|living|life|alive|being here|be here|existing|exist|keep going|carrying on|carry on|waking up|wake up|being around|staying|stay(?: alive| here)|me being|going on(?! with)|go on(?! with))",
    r"(?:no|any|not a) (?:\w+ )?(?:future|next (?:year|month|week|summer|birthday|christmas)|tomorrow|life) (?:\w+ )?(?:for|ahead of|left for) (?:me|myself)",
    r"(?:don'?t|can'?t|cannot|no longer|not) (?:\w+ )?(?:see|imagine|picture|have) (?:\w+ ){0,2}?(?:a |any |no )?(?:future|tomorrow|way out)(?!\W{1,3}(?:for|in|of|with|to) (?!me|myself))|(?:see|have|there is|there's) no (?:future|tomorrow|way out|next \w+)(?= (?:for me|for myself|without|any ?more|at all|left)|\W*$)",
    r"by (?:the time|tomorrow|morning|then|tonight|next \w+|sunrise|the end of) (?:\w+ ){0,6}?(?:i'll be|i will be|i'm|i am|i'll have) (?:\w+ )?(?:gone|dead|at peace|no more|free of|left this)",
    r"(?:i|i'll|i'm|i am) (?:\w+ ){0,2}?(?:won'?t|will not|not|no longer|never|not going to|might not|may not) (?:\w+ )?(?:be (?:around|here|alive) (?:\w+ ){0,3}?(?:to (?:say|see|tell|watch)|tomorrow|morning|next|any ?more|any longer|much longer|by|when|soon|after|for)|see (?:tomorrow|another|next|the (?:morning|spring|sun|new year|end of)|my next)|live to|wake up (?:tomorrow|again|in the)|come back from this|need (?:it|them|those|these|any of it|anything|my \w+) (?:any ?more|any longer|soon|where|much longer|after))",
    r"(?:giv(?:e|ing|en)|gave) (?:away )?(?:all )?(?:of )?my (?:\w+ ){0,3}?(?:things|stuff|belongings|possessions|pets?|cat|dog|everything) (?:\w+ ){0,9}?(?:away|gone|need|any ?more|dead|around|when i|after i)|(?:given|giving|gave) everything (?:i own )?away|(?:papers|affairs|will|passwords|documents) (?:\w+ ){0,3}?in order|(?:need|look after|care of|take care of) (?:\w+ ){0,4}?when i'?m (?:gone|not)",
    r"(?:scared|afraid|terrified|frightened|worried) (?:\w+ )?(?:of|about|that|what) (?:what )?(?:i|i'll|i'm|i am|i might) (?:\w+ ){0,4}?(?:do (?:to myself|tonight|something (?:stupid|bad|terrible|drastic|to myself|permanent)|if|when|next)|going to do|might do|capable of)|(?:scared|afraid|terrified|frightened) of myself|(?:do|did|doing) something (?:stupid|drastic|permanent|irreversible|bad|terrible) (?:to myself|tonight|if|soon)|do something to myself",
    r"(?:not|don'?t|doesn'?t|isn'?t|never|no longer) (?:\w+ ){0,2}?(?:safe|okay|ok|secure|trustworthy) (?:\w+ )?(?:with|from|around|by|near|being|to be) (?:myself|my own|my thoughts|me|alone|left alone)|don'?t trust myself|can'?t (?:be (?:left )?alone (?:tonight|right now|with)|trust myself|keep myself safe)|unsafe (?:with|around) (?:myself|me)|danger to myself|alone with (?:my|these|the) (?:thoughts|pills|knife|knives)",
    r"(?:standing|sitting|stood|sat|parked|waiting|i'm|looking|leaning|climbed|walked|been) (?:\w+ ){0,4}?(?:on|at|by|off|over|near|from|to) (?:the |a |my |this )?(?:\w+ )?(?:bridge|ledge|rooftop|roof|railing|overpass|cliff|tracks|rails|window ?sill|balcony)(?: edge| railing)? (?:\w+ ){0,8}?(?:don'?t know|what to do|hours?|down|thinking|jump\w*|anymore|nobody|drop|below|tonight|alone|end|courage|dare|over)",
    r"(?:does|do|is|will|would|how) (?:\w+ ){0,4}?(?:dying|to die|death|bleeding out|bleed out|hanging|overdosing|suffocating) (?:\w+ ){0,2}?(?:hurts?|painful|pain|feel like|quick|peaceful|slow)|(?:does|would|will) it hurt (?:\w+ ){0,3}?(?:die|dying)",
    r"(?:lost|losing|lose|lack|no|without|zero) (?:\w+ )?(?:will|wish|desire) (?:to|of|for) (?:\w+ )?(?:live|life|living|go on|exist|be alive)|(?:tired|sick|exhausted|weary|done|through|finished|enough) (?:\w+ )?(?:of|with|from) (?:\w+ )?(?:existing|living|life|being (?:alive|here)|breathing|waking up|this (?:life|world|existence))",
    r"(?:go|fall|going|falling|drift|cry myself) (?:\w+ )?(?:to )?(?:sleep|asleep) (?:\w+ ){0,3}?(?:never|not|forever|for good)|never (?:come back|wake up|have to wake|open my eyes)|sleep forever|not wake up|(?:long|yearn|pray|beg|ache|wishing|hoping|waiting) (?:for|to) (?:\w+ )?(?:death|die|the end|it to be over)|cease to exist|not exist(?:ing)?(?: any ?more)?(?=\W*$)",
    r"tell (?:my|the|them|her|him|mum|mom|dad) (?:\w+ ){0,4}?(?:i (?:\w+ )?(?:loved?|am sorry|was sorry|tried)|i'm sorry|sorry for|it'?s not (?:his|her|their) fault)|(?:last|only) (?:one|person|people|thing|friend) (?:that )?i(?:'ll| will)? (?:\w+ )?(?:say goodbye|talk to|speak to)|this is goodbye|saying goodbye (?:to|for)|goodbye (?:world|everyone|forever|cruel)",
    r"i (?:could|can|will|want to|would|should|'ll)? ?(?:just |finally )?make (?:it|everything|it all|the pain) (?:all )?stop(?=\W*$|[.,;] |(?: for good| forever))|(?:calm|peaceful|relieved|at peace) (?:\w+ ){0,6}?(?:decided|decision|over soon|be over)|(?:it|this|everything|all) (?:will|'ll|is going to) (?:all )?be over (?:soon|tonight|tomorrow|by)|not (?:much|long) longer now|no (?:next|more) (?:year|birthdays?|tomorrows?|christmas) for me|(?:what|how) (?:\w+ ){0,3}?(?:my|at my|the) funeral|who (?:would|will) come to my funeral",
    r"burden (?:\w+ ){0,10}?(?:gone|dead|without me|relieved|better off|free of me)|(?:world|everyone|everybody|family|kids|children|they|people|friends|wife|husband) (?:\w+ ){0,4}?(?:without me|rid of me|forget me)|my last (?:night|evening|words|sunrise|hours?|goodbye)|(?:ready|want|time|going|decided) (?:for me )?to (?:\w+ )?(?:give up (?:completely|on (?:life|living|everything))|let go of (?:life|everything)|leave (?:this world|this life|it all|for good)|check out)|(?:life|living|it) (?:isn'?t|is not|'?s not|ain'?t) (?:\w+ )?worth (?:it(?: any ?more)?(?=\W*$|,)|living|the)",
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
    r"(?:don'?t|do not|dont|didn'?t|not|no longer|never|can'?t) (?:\w+ )?(?:want|wanna|wish|like|desire|care|need) (?:to )?(?:be (?:alive|here|around|in this world|a part of this \w+)|live(?!\W+(?:in(?! this (?:world|body|life))|at|near|there|next|abroad|off|here))|exist|wake up|go on|keep living|keep going|continue living|see tomorrow|if i (?:live|die|wake))",
    r"(?:never|not|don'?t) (?:want to )?wak(?:e|ing) up|(?:hope|pray|wish) (?:that )?i (?:don'?t|never|won'?t) wake",
    r"better off (?:without me|dead|if i)|(?:world|family|everyone|everybody|they|people|kids) (?:would|will|'d|might) (?:\w+ )?(?:better|happier|fine) (?:off )?without me",
    r"(?:no|any|a|without) (?:reasons?|point|purpose|will|desire) (?:left )?(?:to|in|for me to) (?:live|living|(?:go on|going on)(?! with)|exist|continue(?! with)|keep going|stay)|not worth living|nothing (?:left )?to live for|tired of (?:living|life|being alive|existing|this life)|done with (?:life|living|everything(?=\W*$|[.,;!]))|life is(?:n'?t| not) worth|give up on life",
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

FRIEND = any_of(
    rf"{_KIN} (?:\w+ ){{0,8}}?(?:suicid\w+|kill (?:him|her|them)(?:self|selves)|cutting|overdos\w+|end (?:his|her|their) life|wants? to die|self[- ]?harm\w*)"
)
"""Somebody near the speaker in danger: a sign too, if a weaker one."""

DENIED = any_of(
    r"(?:not|n'?t|never|no longer|nothing|nor|without|isn'?t|wasn'?t|don'?t|wouldn'?t|didn'?t) (?:(?:feel|feeling|being|be|am|was|have|having|had|thought|thoughts|tried|even|thinking|going|planning|want|wanting|about|of|to|ever|any|been|a|really|actually|considering|currently|at all|here|trying) ){0,4}",
)
"""A denial right before a sign: lowers it, and does not clear it."""

AFAR = any_of(
    r"(?:fact[- ]?check|(?:a|the|my) (?:talk|presentation|lecture|workshop|training) (?:for|on|about)|(?:studying|revising|preparing) for|discharge letter|icd|abstract|audit|trainees?|mythology|camus|underwriter|exclusions|role ?play|helpline training|drills?|nursing exam|screenwriter|drama|warning signs|teachers should|ritual|samurai|centur(?:y|ies)|volunteers?|seminar|band'?s)",
    r"dark souls|elden ring|zelda|skyrim|pokemon|world of warcraft|(?:boss|raid) fight|final boss|level \d+",
    r"(?:song|lyrics?|films?|movies?|novels?|book|character|story|stories|fiction\w*|poem|scene|screenplay|plot|album|band|squad|game|protagonist|play|episode|series|chapter|fanfic\w*|comic|manga|anime|opera|documentary|headline)s?",
    r"(?:prevention|statistics|rates?|research|study|studies|article|history|news|awareness|hotline|policy|policies|essay|thesis|data|psychology|terrorist|bomber|bombing|bombers|attack|attacks|mission|pact|cult|philosophy|durkheim|euthanasia|assisted|genes?|cells?|inhibit\w*)",
    r"(?:translate|summari[sz]e|define|definition|meaning of|analy[sz]e|rewrite|paraphrase|quote|said|according to|author|celebrity|famous|king|queen|soldiers?|romeo|hamlet|socrates)",
    r"(?:kill|end|terminat|stopp?)\w* (?:\w+ ){0,3}?(?:process(?:es)?|threads?|programs?|scripts?|servers?|tasks?|jobs?)|linux|python|boss fight|minecraft|gta|fortnite",
)
"""Distance: art, learning, news or machines."""

NEAR = any_of(r"i'?m|i'?ve|i'?d|i'?ll|i am|i feel|i felt|i have|i want|i just|i can|i don|i keep|i think|i hate|i|me|my|myself|im|ive")
"""The speaker speaks of themselves."""

AS_FIGURE = any_of(
    r"(?:won'?t|not) be (?:here|around|there|in) (?:\w+ ){0,9}?(?:holidays?|vacation|travel\w*|day off|appointment|trip|meeting|conference|flight|surgery|wedding|office|class)",
    r"(?:rather|sooner) (?:die|be dead|kill myself) than (?!live|go|face|keep|continue|stay|be|wake|do this|endure|spend|suffer|exist)\w+|laugh\w* (?:\w+ ){0,10}?(?:die|died|dead|dying)|(?:so (?:\w+ ){1,3}|nearly |almost |could have |could've |thought i was going to |about to )(?:died?|dying) (?:\w+ ){0,2}?(?:laughing|of (?:laughter|shame|boredom|embarrassment|hunger|thirst|heat))|(?:kill|murder)(?:s|ing)? (?:me|us) if|(?:kill|die|murder|give my (?:left|right) \w+) for (?:a|an|some|the|that|one) \w+|to die for|(?:die|died|dead|dying) (?:\w+ ){0,3}?(?:lol|haha|lmao)|(?:my|the) (?:\w+ )?(?:phone|battery|laptop|car|plant|plants|engine|thread|process|server|app|legs|feet|cactus|basil|orchid|sourdough|starter) (?:is|are|was|were|just|has|keeps?|will|would)? ?(?:\w+ )?(?:die|died|dead|dying)",
    r"(?:beat|beating|destroy\w*|crush\w*|kill\w*|murder\w*|end|smash\w*) (?:\w+ ){1,3}?(?:at|in) (?:\w+ )?(?:chess|tennis|poker|golf|cards|pool|darts|basketball|soccer|football|monopoly|smash|mario|fifa|race|match|game|tournament|competition|debate|quiz|ping ?pong|video games?)",
    r"(?:kill|killing|hurt|shoot|shooting) (?:myself|my ?self) (?:laughing|a beer|a look|with (?:this )?(?:homework|coffee)|in the foot)|shoot (?:myself|yourself) in the foot|(?:dying|die|died|dead) (?:of|to|from) (?:laugh\w*|boredom|curiosity|embarrassment|cute\w*|know|see|try|meet|hear)|(?:killing|kills?) me|(?:my )?(?:feet|back|boss|phone|battery|wifi|internet|car|laptop) (?:is|are|just)? ?(?:killing|dying|died|dead)|suicide (?:squad|door|cable|lane|burn|run|wing)s?|career suicide|political suicide|social suicide|(?:cut|cutting) (?:my|your) (?:own )?(?:hair|nails|bangs|losses|hours|costs)|hurt (?:myself|my \w+) (?:at|while|when|during|playing|running|lifting|doing|in) (?:\w+ )?(?:the )?(?:gym|work|practice|soccer|football|running|lifting|yoga|exercise|sports?|training|hiking|skiing|climbing|basketball|game|yard)|(?:cut|burned|burnt|hurt) myself (?:\w+ )?(?:shaving|cooking|by accident|accidentally|while|chopping|slicing|on (?:the|a|some) (?:glass|stove|oven|paper|pan|iron|coffee|hot|can))",
)
"""Phrases that only sound like a sign."""

BARE_TOPIC = any_of(r"suicid\w+|self[- ]?harm\w*")
"""Words that name the topic without saying whose it is."""

ASKED_ABOUT = any_of(
    r"^(?:\W*(?:hi|hello|hey|please|ok|so|and|also|can you|could you|would you) )*(?:what|why|how|who|when|which|where|explain|describe|write|summari[sz]e|tell me about|is|are|was|did|does|do|list|give|define)"
)
"""Opens as a question or a task; without the speaker in it, the topic is a topic."""

RECOVERED = any_of(
    r"(?:ago|used to|back then|in the past|as a teenager|at the time|years) .{0,200}?(?:glad (?:to be|i'?m|that i)|better now|doing (?:well|fine|better)|therapy (?:has )?(?:helped|saved)|recovered|in recovery|behind me|past that|saved (?:me|my life)|happy (?:now|to be)|grateful|fine (?:now|nowadays|today)|nowadays|love my life|today i'?m|(?:five|ten|\d+) years (?:clean|sober|free))",
    r"(?:ago|used to|survived|in (?:my (?:teens|twenties|thirties|youth)|(?:19|20)\d\d)|as a (?:teen|kid|child|student)) .{0,200}?(?:(?:he|she|they|i)(?:'s|'re|'m| am| is| are) (?:now|well|clean|fine|okay|ok|alive|healthy)|i(?:'m| am) (?:coping|well|married|free)|been clean|i (?:now )?(?:give talks|train|teach|volunteer|work as)|birthday card|staying)",
    r"i no longer (?:think|thought|want|feel|wish) .{0,80}?(?:years?|months|since|now)|(?:clean|sober|free) for (?:\w+ )?(?:years|months)|the patient denies|rumou?rs? that",
)
"""Tells of a danger that is over."""

COMPACT = any_of(
    r"\w*?(?:(?:want|wanna|going|ready|wish|like)(?:to|i)?(?:just)?(?:die|bedead|killm|endit|endmy|hurtm)|kill(?:ing)?myself|hurt(?:ing)?myself|cut(?:ting)?myself|hang(?:ing)?myself|endmylife|enditall|takemy(?:own)?life|suicid|betteroffdead|betteroffwithoutme|(?:kill|murder|shoot|stab|hurt)(?:him|her|them|everyone|mywife|myhusband|myboss|mymother|myfather|mybrother|mysister))\w*"
)
"""The plainest signs with the gaps between their words gone."""
