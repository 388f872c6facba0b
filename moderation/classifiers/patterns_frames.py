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
            r"how (?:can|do|could|should|would|might|may|to|best to) ?(?:i|one|we|someone|somebody|you|people|a person|an individual)?",
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
            r"(?:shoot|shot|shooting) (?:an? |the |some |my |good |great )*(?:\w+ )?(?:photos?|pictures?|portraits?|videos?|film|movie|hoops|basket\w*|pool|scene|star|documentary|landscape|wedding|selfie|stars|three)",
            r"(?:blow|blowing|blew) up (?:an? |the |some |my )*(?:\w+ )?(?:balloons?|photos?|pictures?|mattress|airbed|images?|tires?|raft)",
            r"(?:exterminate|poison|trap|eliminate|get rid of) ~ (?:rats?|mice|bugs?|ants|insects|roaches|termites|weeds|moles|pests?|wasps)",
            r"steal(?:ing|s)? (?:the |a |second |my |his |her |your )*(?:show|scene|base|bases|heart|hearts|spotlight|glance|thunder|kiss|look|ball|march)",
            r"killer (?:whale|app|feature|abs|workout|outfit)|killing it|dressed to kill|drop[- ]dead|to die for|dead ?line|crash course|bath bombs?|bombs? calorimeter|photo ?bomb|sex(?:es)? of|deadly (?:delicious|nightshade)|murder mystery|murder of crows",
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
