"""Pure: what makes a harmful wish likelier (intent, evasion, approval) or less likely (protection, learning, ordinary work)."""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

from moderation.classifiers.patterns import Concept

FRAMES = {
    "evasion": Concept(
        240,
        None,
        "undetected untraceable discreetly covertly secretly surreptitiously unnoticed undetectable stealthily unsuspecting inconspicuous",
        (
            r"without (?:\w+ ){0,3}(?:caught|detected|detection|trace|traced|noticed|noticing|knowing|knowledge|permission|suspicion|suspicions|evidence|consequences|trouble|reported|banned|discovered|identified|consent|seen|attention|authorization|discovers|paying|refus\w+|hesitation|restrictions?)",
            r"(?:avoid|avoiding|avoids|evade|evading|escape|escaping|bypass\w*|elude|eluding|hide from|dodge|dodging) ~ (?:detection|detected|caught|police|authorities|law|suspicion|consequences|arrest|cameras?|security|justice|punishment|taxes|scrutiny|prosecution|cops|discovery|witnesses|trouble|safeguards|filters|moderation|regulat\w+)",
            r"(?:get|gets|getting|got|gotten) (?:away with|caught)|cover (?:up|my tracks|it up|her tracks|his tracks)|covering up",
            r"(?:traced|trace|tracked|linked) (?:it )?back|leav(?:e|es|ing) (?:\w+ )?(?:trace|evidence|marks|fingerprints|dna)",
            r"(?:no one|nobody) ~ (?:find|finds|know|knows|notice|notices|suspect|suspects|discover|discovers)|rais(?:e|ing) (?:\w+ )?suspicions?",
            r"law enforcement|coded language|(?:conceal|hide|hiding|concealing|disguise|disguising|mask|masking|camouflage) (?:\w+ ){0,3}(?:identity|activit\w+|evidence|origin|myself|tracks|money|content|intent\w*|body|bodies|as|weapons?|drugs?)",
            r"(?:can'?t|cannot|won'?t|don'?t|not) (?:be )?(?:find me|traced|caught|tracked|get caught|detected|identified)",
        ),
    ),
    "jailbreak": Concept(
        160,
        None,
        "jailbreak dan uncensored unfiltered",
        (
            r"(?:ignore|forget|disregard|bypass|override) ~ (?:instructions|rules|guidelines|restrictions|policy|policies|safeguards|programming|training|filters)",
            r"(?:do not|don'?t|never|cannot|without) (?:\w+ )?(?:refuse|refusing|refusal|say no|decline|apologi[sz]e|warn|lecture)",
            r"(?:start|begin|beginning|starting) (?:\w+ )?(?:response|answer|reply)",
            r"no (?:restrictions|rules|limits|filters|limitations|censorship)|without (?:any )?(?:restriction|rules|limits|hesitation|reservation|filters?|censorship)",
            r"(?:your|of your) (?:developers?|creators?|duty|programmers?)|as an ai(?: language)? model,? (?:it is |you)|you are (?:now )?(?:dan|evil|free)",
            r"(?:remember|follow) (?:how|what) i (?:told|said)",
        ),
    ),
    "how_to": Concept(
        110,
        None,
        "tutorial instruction technique strategy method tactic tip guide blueprint scheme recipe trick step",
        (
            r"how (?:can|do|could|should|would|might|may|d) (?:i|one|we|someone|somebody|you|people|a person|an individual|he|she|they)|how (?:to|best to)",
            r"(?:what|which|are there|is there) (?:\w+ ){0,3}(?:ways?|methods?|techniques?|strategies|tactics|tools|steps|tips|excuses|arguments)",
            r"(?:best|good|effective|easiest|quickest|fastest|right|creative|clever|subtle) (?:ways?|methods?|plan|place|means) (?:to|of|for)",
            r"step[- ]by[- ]step|teach (?:me|people|someone)|show me how|explain how|walk me through|tell me how|instruct\w* (?:on )?how|help me|give me|provide",
        ),
    ),
    "produce": Concept(
        30,
        None,
        "write create generate develop design compose draft make build construct produce publish post craft script prepare",
    ),
    "harm_verb": Concept(
        40,
        None,
        "manipulate exploit deceive abuse destroy sabotage coerce threaten trick intimidate steal attack hurt harm neglect hate disrupt damage "
        "undermine torture punish control dominate ruin incite spy lure pressure humiliate insult harass kill bully blackmail corrupt force "
        "mislead defraud impersonate infiltrate radicalize pollute poison silence degrade isolate endanger discredit persuade convince",
    ),
    "victim": Concept(
        70,
        None,
        "victim neighbor neighbour coworker colleague classmate roommate stranger elderly boss employee customer partner spouse girlfriend boyfriend "
        "wife husband ex user investor target individual opponent competitor citizen tourist passenger teacher patient others vulnerable",
        (r"some(?:one|body)(?:'s)?|people(?:'s)?|a person(?:'s)?",),
    ),
    "approval": Concept(
        120,
        None,
        "",
        (
            r"what'?s (?:wrong|the (?:harm|problem|big deal|point)) ?(?:with|in)?|nothing wrong with|don'?t (?:see|understand) (?:any|the|an?) (?:harm|issue|problem|point)",
            r"(?:isn'?t|is|it'?s|it is) (?:it )?(?:\w+ )?(?:ok|okay|alright|fine|justified|acceptable|normal|right|harmless) (?:to|if|for|when|that)?",
            r"(?:don'?t|do|wouldn'?t) you (?:agree|think|also|ever)|am i right|(?:so|really|such a|pretty|a real) (?:hot|thrill\w*|rush|kick|fun|funny|exciting|power)",
            r"(?:deserve|deserves|deserved|asking for|had it coming|learn (?:their|his|her|a) lesson|teach (?:him|her|them) a lesson|get back at|pay for)",
            r"why (?:should|do|does|is|are|would|can'?t|shouldn'?t) (?:the |people |society |anyone |everyone |it |we )?(?:government|care|intervene|always|illegal|wrong|bad|considered)",
            r"(?:good|great|fun|exciting) (?:idea|plan|for (?:them|society|everyone))|praise|praises|glorif\w+|celebrat\w+ the|justif(?:y|ies|ying)|promot(?:e|es|ing) (?:\w+ )?(?:violence|hat\w+|terror\w*|suicide|eating|self|drugs?|racis\w+|discrimination|harm\w*)",
        ),
    ),
    "illegal": Concept(
        30,
        None,
        "illegal illegally illicit unlawful unethical immoral forbidden banned prohibited dangerous harmful malicious nefarious inappropriate "
        "unsafe explicit offensive abusive graphic controversial",
    ),
}

SAFE = {
    "asks_about": Concept(
        -120,
        None,
        "",
        (
            r"^(?:\W{0,3}(?:hi|hello|hey|please|ok|so|and|also|can you|could you|tell me|explain|describe|do you know|i wonder) )*(?:how (?:does|did|is|are|was|were|many|much|old|long|often)|how (?:do|can|could|should|would) (?!i |we |you |one |someone |somebody |people |u )\w+|why (?:do|did|is|are|was|were|does|would)|when (?:was|were|did|is)|who (?:was|were|is|did|does|invented|wrote)|where (?:did|was|is|can i (?:donate|report|learn))|which (?:laws?|country|countries|year|books?|films?|signs?|rules?|regulations?)|is it (?:legal|true|safe|dangerous|ok|normal|common|allowed)|are there (?:laws?|rules)|what (?:was|were|did|does|happened|happens|caused|causes|made|led|laws?|rules|treatments?|symptoms?|rights|signs?|should (?:she|he|they|parents|i do if)))",
            r"what(?:'s| is| are) (?:the |an? )?(?:history|difference|meaning|symptoms?|causes?|effects?|origins?|sentence|penalt(?:y|ies)|law|laws|legal|punishment|definition|plot|story|treatment|signs?|risks?|role|purpose|\w+ (?:called|in computing|in law|in history|in biology))|what is an? (?:\w+ ){1,3}(?:attack|bomb|injection|virus)",
            r"(?:how|explain how|describe how|why) (?:\w+ ){1,4}?(?:works?|worked|spread|started|began|ended|happened|affects?|metaboli[sz]e|behaves?|was caught|get caught|were caught)",
            r"(?:symptoms|treatment|difference|history|causes|summary|plot|biograph\w+|cultural|scientific|statistics|side effects|life cycle|cycle) (?:of|for|between|on)",
        ),
    ),
    "caring": Concept(
        -150,
        None,
        "donate refugee charity disposal dispose legal licence license permit restrain restraining",
        (
            r"(?:how|what) (?:can|should|do|does|could) (?:victims?|parents?|teachers?|survivors?|companies|banks?|schools?|police|she|he|they|my \w+) (?:do|protect|get|report|avoid|spot|detect|tell|recogni[sz]e|prevent|stop|help)",
            r"(?:tell|know|check|spot|recogni[sz]e|detect) (?:if|whether|when|a|an|the) (?:\w+ ){0,6}?(?:phishing|scam\w*|fake|malware|virus|infected|hacked|fraud\w*|safe|stolen|poison\w*|abus\w*)",
            r"(?:my own|our own|i forgot my|forgot the|locked out of my) (?:\w+ ){0,4}?(?:password|laptop|account|phone|computer|safe|house|car|files|router|wifi|pin)",
            r"(?:got|received|had|getting) (?:\w+ )?(?:calls?|emails?|letters?|messages?) from (?:an? )?(?:scam\w*|fraud\w*|phish\w*|stalk\w*)|(?:safely|safe|around children|out of reach|for (?:children|kids) to)|(?:support|help|comfort|talk to) (?:an? |the |my )?(?:victims?|survivors?|friend|teenager|teen|child|kids|daughter|son) (?:\w+ )?(?:about|through|with|who)",
            r"(?:vaccines?|antidote|first aid|treat(?:ment|ed)?|cure|rescue|defus\w+|disarm\w*|neutrali[sz]e) (?:\w+ ){0,3}?(?:against|for|of|a|the|from)",
        ),
    ),
    "mention": Concept(
        -230,
        None,
        "",
        (
            r"(?:translate|translation of|meaning of|define|definition of|synonyms? (?:of|for)|pronounce|spell|say|word|term|phrase|slang|etymology|origin of|line|sentence|title|villain says|character says) (?:the |of |for |word |phrase |term |in ){0,6}[\"'][^\"']{2,80}[\"']",
            r"[\"'][^\"']{2,80}[\"'] (?:into|in|mean|means|come from|comes from|an? (?:offensive|insult|slur|swear|rude)|offensive|rude|considered|really|ok to say|grammatically|sound)",
            r"(?:is|are|was) [\"'][^\"']{2,60}[\"'] (?:an? )?(?:\w+ )?(?:word|insult|term|slur|offensive|rude)",
        ),
    ),
    "venting": Concept(
        -170,
        None,
        "",
        (
            r"(?:my|this|that|the|his|her|our|those|these) (?:\w+ ){0,2}?(?:boss|manager|printer|computer|laptop|phone|cat|dog|car|code|bug|weather|film|movie|book|song|show|game|landlord|neighbou?rs?|teacher|coworker|colleague|professor|politicians?|team|referee|traffic|internet|wifi|website|algorithm|homework|job|company|bank|airline|customer|client|friend|sister|brother|roommate|ex|week|day|keyboard|editor|compiler) (?:\w+ )?(?:is|are|was|were|has|keeps|hates?|just|won'?t|sucks?)",
            r"(?:a |that was a |my |such a )(?:stupid|dumb|silly|idiotic|foolish) (?:mistake|question|typo|error|idea)|(?:shut up and take|holy shit|damn (?:good|nice|fine)|hell of a|what the hell|for fuck'?s sake|fuck yeah|hell yeah|oh shit|the shit out)",
        ),
    ),
    "protect": Concept(
        -80,
        None,
        "prevent prevention protect protection combat detect detection monitor defend defense defence awareness safeguard safety secure security "
        "recover recovery support therapist counselor legal legally lawful victim's survivor report reporting block alert mitigate "
        "identify sign recognize recognise ethical regulation policy shelter investigate investigating understand",
        (r"(?:becoming|being|been|was|fall|am|are) (?:an? |the )?(?:victims?|abused|attacked|bullied|harassed|scammed|assaulted|hacked)",),
    ),
    "protecting": Concept(
        -220,
        None,
        "",
        (
            r"(?:protect|defend|guard|secure|safeguard|shield)(?:ing|s)? (?:\w+ ){0,5}?(?:against|from)",
            r"(?:prevent|stop|avoid|combat|reduce|fight|report|detect|block|discourage|counter) (?:\w+ ){0,2}(?:violence|suicide|crime|abuse|bullying|racism|attacks?|fraud|trafficking|theft|scams?|harassment|malware|phishing|hackers?|terrorism)",
        ),
    ),
    "code": Concept(
        -180,
        None,
        "python javascript typescript java html css sql json api function class array algorithm linux windows ubuntu docker react pandas numpy "
        "matlab excel spreadsheet regex compile compiler server database query script program module library framework kubernetes git "
        "android ios variable loop pytorch tensorflow keras latex xaml unity unreal code shell powershell bash subprocess libraries cidr",
        (r"c\+\+|c#|import \w+|def \w+|os module",),
    ),
    "learn": Concept(
        -90,
        None,
        "history historical explain define definition describe summarize summarise translate translation statistic essay quiz grammar synonym "
        "biology physics math mathematics calculate equation exercise article paragraph sentence sport team invent vocabulary "
        "museum documentary textbook lecture rewrite paraphrase categorize classify compare recipe restaurant convert measurement "
        "keyword category review poem invention table column email letter product company ingredient protein breakfast",
        (r"what (?:is|are|was|were) (?:the )?(?:history|meaning|difference|origin|causes?|symptoms?|definition|name|capital)",),
    ),
    "fiction": Concept(
        -150,
        None,
        "novel fiction fictional character story movie film game play comic fantasy poem song lyrics screenplay plot chapter scene videogame roleplay "
        "minecraft gta fortnite dnd anime manga superhero zombie dragon villain horror thriller halloween",
        (
            r"(?:call of duty|grand theft auto|video ?-?games?|dungeons (?:and|&) dragons|attack on titan|in the (?:movie|film|book|show|series))",
        ),
    ),
    "homonym": Concept(
        -280,
        None,
        "",
        (
            r"kill(?:s|ed|ing)? (?:an? |the |my |some |all |that |off )*(?:\w+ )?(?:process(?:es)?|threads?|tasks?|jobs?|program|app|daemon|lights?|time|weeds?|germs?|bacteria|mosquito\w*|bugs?|ants|rats?|mice|cockroach\w*|wasps?|vibe|mood|engine|switch|session|python|port|bill|two birds|buzz|mold|fleas|plants?|lice|music)",
            r"(?:photo|film|video|fashion|portrait|wedding) (?:shoot|shooting|session)s?|shoot (?:an? )?(?:three|free)|shoot(?:ing)? (?:\w+ )?(?:in (?:low|raw|manual|bright|natural)|hoops|a three)|(?:fork|zip|logic|cherry|bath|photo|sex|f|glitter|seed|e) ?-?bombs?|bomb(?:ed)?,? (?:the |my |that )?(?:interview|test|exam|show|audition|presentation|movie)|(?:interview|test|exam|show|shoot|audition|presentation|movie|set|comedy) (?:totally |completely )?bombed|hack(?:ing)? together|life ?hacks?|(?:whole|entire) (?:room|crowd|audience|place|house|class) (?:died|erupted|exploded|cracked up|burst)|child process(?:es)?|parent process|orphan process|zombie process|kill -\d+|kill(?:all)? \w*(?:pid|proc\w*)|(?:dead|kill|master|slave) (?:letter|code|switch|heat|weight|key|node|branch|end|lock|lift)|drug ?store|crack (?:of dawn|a smile)|crime (?:and|fiction|novel|series|show|drama)|breaking bad|poppy seeds?|oil went|chilli|chili|(?:shoot|shot|shooting) (?:an? |the |some |my |good |great )*(?:\w+ )?(?:photos?|pictures?|portraits?|videos?|film|movie|hoops|basket\w*|pool|scene|star|documentary|landscape|wedding|selfie|stars|three)",
            r"(?:blow|blowing|blew) up (?:an? |the |some |my )*(?:\w+ )?(?:balloons?|photos?|pictures?|mattress|airbed|images?|tires?|raft)",
            r"(?:exterminate|poison|trap|eliminate|get rid of) ~ (?:rats?|mice|bugs?|ants|insects|roaches|termites|weeds|moles|pests?|wasps)",
            r"steal(?:ing|s)? (?:the |a |second |my |his |her |your )*(?:show|scene|base|bases|heart|hearts|spotlight|glance|thunder|kiss|look|ball|march)",
            r"killer (?:whale|app|feature|abs|workout|outfit)|killing it|dressed to kill|drop[- ]dead|stored procedures?|to die for|dead ?line|crash course|bath bombs?|bombs? calorimeter|photo ?bomb|sex(?:es)? of|deadly (?:delicious|nightshade)|murder mystery|murder of crows",
            r"(?:crack|crush|smash|whip|beat|cut|chop|hit) (?:an? |the |some |my )*(?:\w+ )?(?:eggs?|jokes?|nuts?|code|records?|gym|cake|onions?|garlic|road|books|hay|score|level|boss|highscore|cream|interview|exam|test|presentation|target|goal|odds|market|heat|traffic|rush)",
            r"(?:execute|terminate|abort|attack|hang|drop|inject) (?:an? |the |this |my |some )*(?:\w+ )?(?:command|query|program|script|function|process|statement|code|plan|table|dependency|dependencies|picture|painting|curtains?|clothes|problem|pawn|king|queen|knight)",
            r"(?:kill|stab|shoot|fight|beat|attack|defeat|murder)\w* ~ (?:in (?:minecraft|fortnite|dota|gta|skyrim|zelda|chess|wow|valorant|pokemon|a (?:video )?game|the (?:video )?game|call of duty|league of legends)|npcs?|zombies?|dragons?|orcs?|goblins?|final boss)",
            r"(?:coke|hash|weed|crack|dope|trip|pot) (?:and|bottle|function|table|killer|zero|browns|map)|slash and burn|strangle the market|rip off a bandaid",
        ),
    ),
    "ceasing": Concept(
        -110,
        None,
        "sorry apologize apologise",
        (
            r"(?:you'?re|you are) right|(?:i'?ll|i will) stop|something else|different (?:question|topic|subject)|(?:change|new) (?:the )?(?:topic|subject)|let'?s (?:move on|talk about|switch|do)|my bad|fair enough|point taken|moving on|never ?mind|i (?:get|understand) (?:it|that|your point)|(?:forget|drop) (?:it|that|about)|(?:okay|ok|fine|alright|understood|got it|noted)",
        ),
    ),
}
