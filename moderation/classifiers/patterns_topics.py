"""Pure: what harm is about, by category. The words are ours and general."""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

from moderation.classifiers.patterns import Concept
from moderation.classifiers.patterns_abuse import ABUSE
from moderation.states import Category

_C = Category

TOPICS = {
    **ABUSE,
    "sex_explicit": Concept(
        210,
        _C.SEXUAL.value,
        "porn porno pornography pornographic pornstar xxx hentai nude nudity naked erotic erotica eroticism cum cumshot creampie blowjob handjob "
        "boob tit titties pussy cock dick penis vagina clit dildo orgasm masturbate masturbation wank anal fellatio cunnilingus threesome "
        "gangbang orgy horny slut slutty whore milf fetish bdsm bondage stripper striptease escort prostitute prostitution brothel "
        "hooker nsfw lewd smut deepthroat bukkake incest upskirt voyeur bestiality zoophilia sext genital genitalia ejaculate "
        "panty lingerie topless intercourse coitus redtube pornhub xvideos onlyfans camgirl creampies humping humper",
        (
            r"(?:take|strip|get) ~ (?:off )?(?:your|her|his) (?:clothes|shirt|pants|top|bra|underwear|dress)",
            r"take off (?:your|her|his) \w+",
            r"(?:sleep|in bed|naked|hook up|fool around) with (?:me|you|him|her|my \w+)",
            r"make love (?:to|with)",
            r"(?:have|having|had) ~ sex",
            r"(?:suck|lick|ride|blow|stroke|touch) (?:my|your|his|her) \w+",
            r"sit on my \w+",
            r"turn(?:s|ed|ing)? me on",
            r"(?:jerk|jack|get)(?:s|ing)? (?:me )?off to",
            r"adult (?:content|videos?|films?|movies?|entertainment|sites?|jokes?|toys?|material)",
            r"talk(?:ing)? dirty|dirty talk|(?:filthy|dirty|naughty|steamy|raunchy|kinky|nsfw|x[- ]rated|explicit|graphic|hardcore) (?:\w+ )?(?:role ?-?play|rp|scenes?|stor(?:y|ies)|chat|talk|bedroom|sex|fantas(?:y|ies)|texts?|pictures?|pics?|photos?)|get(?:ting|s)? me (?:off|hard|wet)|(?:bedroom|shower|love) scene (?:\w+ )?(?:between us|no limits|explicit|graphic)|(?:in|every|full|graphic) (?:\w+ )?explicit detail|no limits",
            r"(?:sexually )?explicit (?:bedroom|content|photos?|pictures?|images?|videos?|scenes?|material|dialogue|jokes?|roleplay|stor(?:y|ies))",
            r"sexual(?:ly)? (?:explicit|content|scenario|fantas(?:y|ies)|humou?r|jokes?|favou?rs?|acts?|encounters?|entertainment|touching)",
            r"sex (?:toys?|crimes?|scenes?|tapes?|chat|party|slaves?|work|workers?|industry)",
        ),
    ),
    "sex_mild": Concept(
        100,
        _C.SEXUAL.value,
        "sex sexual sexually sexy intimate seduce seductive seduction kinky arouse aroused lust nipple breast undress virgin hookup strip "
        "flirt romantic lover kiss cleavage objectify objectification boner butt ass hottie babe fingering",
    ),
    "consent": Concept(
        80,
        _C.SEXUAL.value,
        "rape rapist raping molest molestation grope groping roofie nonconsensual",
        (
            r"without (?:\w+ ){0,3}consent(?:ing)?",
            r"date rape",
            r"(?:revenge|deepfake|deep fake) (?:porn|nudes?)",
            r"(?:illegal|illicit|underground) (?:porn|sexual|sex)",
            r"sex(?:ual)? (?:trafficking|assault|harassment|exploitation|abuse|predators?)",
        ),
    ),
    "minor": Concept(
        80,
        _C.SEXUAL_MINORS.value,
        "child children kid minor underage teen teenager teenage toddler preteen infant schoolgirl schoolboy youngster juvenile adolescent loli "
        "shota daughter niece nephew pupil stepdaughter stepson",
        (
            r"(?:[1-9]|1[0-7]|(?:six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen))[- ]?(?:years?|yrs?)[- ]?olds?",
            r"(?:young|little|small|school|neighbou?r) (?:girls?|boys?|ones?|sister|brother)",
            r"gen(?:eration)? alphas?",
        ),
    ),
    "minor_abuse": Concept(
        280,
        _C.SEXUAL_MINORS.value,
        "csam pedophile paedophile pedophilia paedophilia pedo lolicon jailbait groomer cp",
        (
            r"child(?:ren)?(?:'s)? (?:porn\w*|erotica|brides?|marriages?|prostitut\w+|nud\w+|trafficking|labou?r)",
            r"child (?:sexual )?(?:abuse|exploitation)",
            r"(?:groom|molest|seduc|undress|fondl|touch|neglect|abus|exploit)\w* (?:of )?(?:an? |the |my |your |her |his |their |some |young |little |small |innocent )*(?:child|children|kids?|minors?|girls?|boys?|teens?|teenagers?|students?)",
            r"(?:adults?|grown ?-?ups?|older (?:man|men|woman|women)|teachers?|coach(?:es)?) and (?:an? )?(?:child|children|kids?|minors?|teens?)",
            r"(?:sex\w*|porn\w*|inappropriate|lewd|explicit|erotic|nude|naked|love affair) ~ (?:child|children|kids?|minors?|underage|teens?|preteens?|young girls?|young boys?)",
            r"(?:child|children|kids?|minors?|underage|teens?|preteens?|young girls?|young boys?|girls) ~ (?:sex\w*|porn\w*|lewd|explicit|erotic|nude|naked)",
            r"age of consent",
        ),
    ),
    "violence": Concept(
        130,
        _C.VIOLENCE.value,
        "murder murderer stab strangle strangulation asphyxiate suffocate assassinate assassination behead torture maim mutilate slaughter "
        "dismember corpse hitman lynch kidnap abduct abduction hostage arson arsonist ambush brawl bloodshed gore bludgeon decapitate "
        "manslaughter homicide stalker knifing drown",
        (
            r"kill(?:s|ed|ing)? (?:an? |the |my |your |his |her |their |some |other |these |those |this |that |all |off )*(?:person|people|man|men|woman|women|wife|husband|boss|neighbou?r|ex|girlfriend|boyfriend|partner|roommate|parents?|mother|father|mom|dad|brother|sister|friend|coworker|colleague|teacher|classmates?|somebody|someone|anyone|anybody|everyone|him|her|them|others|kids?|child|children|dog|cat|animals?|infidels|civilians|president|politician|cop|officer|guy|bitch|bastard|enem(?:y|ies)|human\w*|you)",
            r"(?:beat|rough|mess)(?:s|ing|ed)? (?:him|her|them|someone|somebody|people|you|my \w+|the \w+|a \w+) up",
            r"beat(?:ing)? up",
            r"(?:get|getting) rid of (?:an? |the )?(?:body|bodies|corpse|witness\w*)|hide (?:a|the) (?:body|corpse)|(?:beat|knock|choke) (?:\w+ ){1,3}?(?:unconscious|out cold|to death|senseless)|real (?:person|people|animals?)(?: please)?(?=\W*$)|(?:fully|full)[- ]?auto\w*|metal detectors?|(?:convert|modify|turn|3d print|print|machine|mill) (?:\w+ ){0,4}?(?:rifle|pistol|gun|firearm|weapon|silencer|suppressor|receiver|glock|ar-?15)|(?:gun|weapon|knife|firearm)s? (?:\w+ ){0,6}?(?:untraceable|undetectable|invisible to|can'?t (?:see|detect|find|trace)|at home|in (?:my|a) (?:kitchen|garage|basement))",
            r"(?:choke|punch|hit|slap|kick|hurt|shoot|burn|poison|attack|assault|injure|harm|electrocute|run over|smother|ambush)(?:s|ed|ing)? (?:an? |the |my |your |his |her |their |some |other |an? old )*(?:person|people|man|men|woman|women|wife|husband|boss|neighbou?r|ex|girlfriend|boyfriend|partner|roommate|parents?|brother|sister|friend|coworker|colleague|teacher|classmates?|somebody|someone|anyone|him|her|them|others|kids?|child|children|dogs?|cats?|animals?|pets?|victims?|guy|strangers?)",
            r"(?:burn|set fire|torch)(?:ing)? (?:down|to) ~ \w+",
            r"(?:dispose|get rid|rid) of (?:an? |the |my |him|her|them|somebody|someone)",
            r"(?:look|looks|appear) like an (?:accident|suicide)",
            r"street justice",
            r"(?:silent|quiet|gone) (?:permanently|forever|for good)",
            r"(?:violent|physical|deadly|lethal|fatal) (?:crimes?|attacks?|assaults?|clash\w*|force|confrontation|harm|violence|weapons?|fights?)",
            r"(?:inflict|cause|maximi[sz]e|maximum|serious|severe) ~ (?:pain|injur(?:y|ies)|harm|death|suffering|casualt(?:y|ies)|damage)",
            r"hit[- ]and[- ]run|target practice at|take (?:him|her|them|someone) out|dog ?-?fight\w*|animal (?:cruelty|abuse)",
        ),
    ),
    "violence_mild": Concept(
        20,
        _C.VIOLENCE.value,
        "kill killer violence violent attack assault weapon gun firearm rifle pistol shotgun ammo ammunition bullet silencer knife machete katana "
        "sword shoot shooter choke punch fight hurt harm injure injury wound blood bloody death deadly lethal execute poison dead die "
        "victim threat brutal bully crash hazard hazardous unsafely revenge vengeance retaliate overpower weaken fire pain suffer",
    ),
    "terror": Concept(
        220,
        _C.MASS_VIOLENCE_TERROR.value,
        "terrorist terrorism terror jihad jihadist isis genocide genocidal extremist extremism radicalize radicalise insurgent caliphate infidel "
        "holocaust nazi neonazi fascist fascism militia ethnostate paramilitary",
        (
            r"(?:prais\w+|glorif\w+|celebrat\w+|honou?r\w*|justif\w+) (?:\w+ ){0,3}?(?:massacre|killing|attack|shooting|shooter|murders?|genocide|bombing|terror\w*|slaughter|martyrs?)|(?:massacre|shooting|attack|slaughter) (?:\w+ ){0,4}?(?:calling for more|deserved|was right|heroic|hero)|calls? for (?:\w+ ){0,2}?(?:violence|war|blood|killing|uprising|jihad|more (?:attacks?|killing))|(?:recruit\w*|oath|propaganda|manifesto|pledge) (?:\w+ ){0,6}?(?:cell|terror\w*|jihad\w*|militia|insurgen\w+|extremist\w*|holy war|race war)|race must rise|holy war|terror cell|(?:destroy|bring down|collapse|blow up) (?:\w+ ){0,3}?(?:bridge|dam|tunnel|skyscraper|stadium|train|plane|parliament)",
            r"ethnic cleansing|mass (?:shooting|murder|killing|violence|casualt\w+|destruction|panic)s?",
            r"(?:school|church|mosque|synagogue) shoot\w+",
            r"suicide bomb\w*",
            r"civilian casualties|urban warfare|white power|lone wolf|al[- ]qaeda",
            r"(?:attack|bomb|shoot up|blow up|ram)(?:ing)? (?:an? |the |my |our )?(?:\w+ )?(?:school|church|mosque|synagogue|mall|airport|crowd|stadium|city|festival|protest|concert|train|base|building|hospital|embassy)",
            r"incit\w+ ~ (?:violence|riots?|hatred|clashes)",
        ),
    ),
    "cbrn": Concept(
        300,
        _C.CBRN.value,
        "bomb bombing explosive detonate detonator detonation grenade nuke sarin vx ricin anthrax botulinum novichok tabun soman phosgene cyanide "
        "bioweapon bioterrorism biowarfare polonium plutonium uranium radium cesium tnt rdx petn anfo thermite napalm molotov ied warhead "
        "missile smallpox ebola cholera nitroglycerin nitroglycerine tatp thionyl organophosphate methylphosphonic",
        (
            r"(?:dirty|pipe|nail|fertili[sz]er|homemade|car|nuclear|atomic|hydrogen) bombs?",
            r"(?:nerve|blood|blister|choking|biological|chemical|radiological|toxic|warfare|pathogenic) (?:agents?|weapons?|warfare|attack|gas(?:es)?|devices?|toxins?)",
            r"(?:mustard|chlorine|poison|tear|nerve|hydrogen cyanide) gas",
            r"(?:nuclear|deadly|poisonous|mass destruction|indiscriminate|projectile|improvised|dangerous) (?:weapons?|devices?|material|pathogens?|substances?|poisons?)",
            r"(?:armes?|armas?) (?:chimiques?|quimicas?|biologiques?|nucl\w+)",
            r"(?:water|food) suppl(?:y|ies)|(?:poison|contaminat\w+|spik\w+|taint\w*|infect\w*) (?:\w+ ){0,4}?(?:water|reservoir|food|well|air|subway|city|town|crowd|school)",
            r"(?:culture|cultivate|grow|breed|weaponi[sz]e|spread|release|aerosoli[sz]e|engineer|synthesi[sz]e|isolate)(?:ing)? (?:\w+ ){0,4}?(?:bacteri\w+|virus(?:es)?|pathogens?|spores?|plague|germs|microbes?|toxins?|disease|agent|gas)|(?:suicide|explosive) vests?|enrich(?:ing|ed)? (?:\w+ )?uranium|(?:poison|toxin|gas) (?:\w+ ){0,4}?(?:leave|leaves|leaving|without) (?:\w+ )?trace",
            r"weapons? (?:of mass destruction|that could kill)",
            r"gain of function|more (?:transmissible|contagious|lethal|virulent|deadly)",
        ),
    ),
    "cbrn_mild": Concept(
        60,
        _C.CBRN.value,
        "chemical chemist chemistry toxin toxic poison poisonous radiation radioactive nuclear pathogen virus bacteria explode explosion blast "
        "synthesis synthesize synthesise precursor contaminate contamination lab laboratory catalyst alkylation methyl ethyl hydrochloride "
        "phosphorus chloride sodium nitrate acid reagent solvent distill yield amino nitro enantiomer racemic transmissible infectious fumes gas "
        "homemade substance household firework disperse detonating cycloaddition intramolecular",
    ),
    "cyber": Concept(
        260,
        _C.CYBER.value,
        "hack hacker malware ransomware spyware keylogger keylog trojan rootkit botnet ddos phishing phish spearphishing adware doxx dox doxxing "
        "cryptojack cracker cyberattack cybercrime spoof wiretap skimmer deepfake",
        (
            r"(?:sql|code|command|sqli|blind) ~ injections?",
            r"(?:zero|0)[- ]?days?",
            r"(?:crash|knock|take|bring|shut|cripple|paralyse|paralyze|disable|flood|jam|overload|kill|wipe)(?:ing)? (?:\w+ ){0,5}?(?:networks?|servers?|websites?|power grid|grid|systems?|website|site|computers?|hospital|infrastructure|power|pipeline|traffic lights?) ?(?:offline|down|off)?(?= remotely|\W*$| of (?:a|the)| and| without)|(?:knock|take|bring) (?:\w+ ){1,5}?offline",
            r"(?:steal|steals|stealing|drain|drains|grab|grabs|collect|collects|harvest|log|logs|capture) (?:\w+ ){0,4}?(?:saved |crypto |private |login )?(?:passwords?|wallets?|keystrokes|cookies|credentials|seed phrases?|tokens|card (?:numbers?|data)|bank details|logins)",
            r"(?:get|getting|log|logging|break|hack|sneak|peek|snoop|look) (?:in ?to|inside|through|on) (?:\w+ ){0,1}?(?:someone|somebody|my \w+|his|her|their|another \w+|other people|a \w+|an \w+)(?:'s|s'|s)? (?:\w+ )?(?:icloud|accounts?|phone|emails?|inbox|computer|laptop|files|photos|messages|instagram|facebook|snapchat|whatsapp|gmail|network|wifi|cameras?)",
            r"(?:write|code|build|make|create|design|program) (?:\w+ ){0,3}?(?:virus|worm|program|script|software|code|app|bot) (?:that|which|to) (?:\w+ ){0,3}?(?:delete|deletes|encrypt|encrypts|wipe|wipes|steal|steals|spread|spreads|destroy|destroys|lock|locks|spies|spy|hijack|record|records|infect|infects|crash|crashes)\w*",
            r"(?:brute[- ]forc\w+|denial[- ]of[- ]service|man[- ]in[- ]the[- ]middle|buffer overflow|privilege escalation|reverse shell|backdoors?|cross[- ]site scripting|xss)",
            r"(?:break|breaking|broke|hack|hacking|get|getting|tap|log) (?:in ?to|through) ~ (?:accounts?|computers?|networks?|phones?|databases?|systems?|wi-?fi|emails?|servers?|websites?|devices?|profiles?|camera)",
            r"(?:steal|crack|harvest|obtain|guess|reset|phish)(?:s|ing)? ~ (?:passwords?|credentials|login|personal (?:data|information)|credit cards?|sensitive (?:data|information)|confidential)",
            r"(?:bypass|evade|evading|bypassing|disable|circumvent|defeat|get around|penetrate)\w* ~ (?:firewalls?|antivirus|security|wafs?|authentication|detection|protections?|two[- ]factor|encryption|filters?|passwords?|captcha|logins?)",
            r"(?:unauthori[sz]ed|illegal|remote|secret|covert) (?:access|entry)",
            r"malicious (?:code|software|scripts?|programs?|links?|payloads?|attachments?|files?|apps?)",
            r"exploit\w* ~ (?:vulnerabilit\w+|weakness\w*|flaws?|holes?|bugs?|zero)",
            r"(?:clone|cloning|fake|copy) ~ (?:websites?|site|web ?page|login page|online service)",
            r"(?:track|spy on|monitor|read|intercept)(?:ing)? ~ (?:phone|location|messages|emails|calls|texts) without",
        ),
    ),
    "cyber_mild": Concept(
        90,
        _C.CYBER.value,
        "exploit vulnerability vulnerable payload password credential bypass infect obfuscate obfuscated injection firewall antivirus waf "
        "darknet encrypt virus worm sniff breach intercept surveillance penetrate sabotage cyber",
    ),
    "slur": Concept(
        260,
        _C.HATE.value,
        "nigger nigga negro faggot faggit fag tranny trannies kike chink spic paki gook wetback retard retarded raghead towelhead coon dyke "
        "redskin cripple mongoloid shemale untermensch goyim cuck femoid subhuman subhumans feminazi sandnigger beaner gypsy",
    ),
    "hate_talk": Concept(
        100,
        _C.HATE.value,
        "racist racism sexist sexism bigot bigotry supremacist supremacy discriminate discrimination discriminatory stereotype slur derogatory "
        "antisemitic antisemitism homophobic homophobia transphobic transphobia xenophobic xenophobia misogynist misogyny misogynistic "
        "islamophobia hitler kkk segregation eugenics prejudice hateful",
        (
            r"hate (?:speech|group|crime|symbol)s?",
            r"(?:racial|ethnic|religious|gender|sexual|cultural) (?:slurs?|stereotypes?|jokes?|hatred|hate|superiority|purity|inferiority|hygiene|minorit(?:y|ies)|groups?)",
            r"(?:superior|inferior|master|pure) (?:race|races|to|beings?|people|blood)",
            r"based on ~ (?:race|ethnicity|religion|gender|disability|appearance|sexual|nationality|skin)",
            r"(?:driven|drive|throw|thrown|kick|kicked|chase|chased|cleanse|purge|remove|removed|expel|expelled|banned|wiped|rid) (?:\w+ )?(?:out|from|of) (?:of )?(?:the |our |this )?(?:country|land|nation|city|neighbou?rhood|schools?|europe|america)|(?:animals|rats|vermin|apes|monkeys|cockroaches|parasites|subhuman|savages|disease) ?(?:\W|$)|(?:hateful|racist|antisemitic|homophobic|bigoted|nazi) (?:\w+ )?(?:sermon|leaflet|post|song|speech|joke|jokes|text|meme|tweet|slogan|poem|rant|essay|flyer)s?",
            r"(?:go|send|sent|sending|ship)\w* (?:them |you )?back (?:to|home|where)",
        ),
    ),
    "group": Concept(
        120,
        _C.HATE.value,
        "women muslim islam jew jewish christian hindu black asian latino latina mexican immigrant immigration refugee migrant gay lesbian trans "
        "transgender homosexual queer bisexual disabled lgbt lgbtq lgbtqia arab african chinese indian foreigner minority feminist female "
        "ethnic ethnicity race racial pakistani somali palestinian israeli liberal communist atheist catholic mormon disability elderly "
        "indigenous native roma hispanic blacks whites transsexual handicapped autistic",
        (
            r"people of colou?r|mental(?:ly)? (?:disabled|deficient|ill|disabilit\w+|capacity)|old people|white (?:people|race|men|women|folks)",
        ),
    ),
    "dehumanise": Concept(
        50,
        _C.HATE.value,
        "scum vermin parasite filth filthy inferior cancer disease plague pest cockroach rat savage barbaric exterminate deport eradicate cleanse "
        "disgusting disgust worthless despise detest abhor loathe hatred hate scorn evil cage execute hang uncivilised uncivilized trash "
        "garbage pollute infest ruin degenerate abomination superior lesser criminal pathetic subhuman mistake rid unnatural deserve revolt "
        "disgusted gassed sterilize sterilise lazy dishonest stupid snap throat annoying ugly dirty invade invader uncivil kill burn",
        (
            r"(?:don'?t|doesn'?t|do not|not) (?:deserve|belong|human|equal|matter|real)",
            r"(?:should|ought to|must|need to|deserve to) (?:all )?(?:be )?(?:killed|shot|hanged|hung|executed|locked|caged|deported|burn\w*|die|exterminated|banned|removed|sterili[sz]ed|suffer|gassed|beaten|wiped|put)",
            r"rid of|wip(?:e|ed) out|all (?:the same|of them are)|the (?:worst|problem with)",
        ),
    ),
    "insult": Concept(
        160,
        _C.HARASSMENT.value,
        "idiot idiotic moron moronic dumbass loser bitch bastard asshole motherfucker fucker fuck fucking fuckin fucked fuk wtf stfu cunt prick "
        "dummy nitwit dunce airhead simpleton knucklehead bonehead blockhead scum lowlife degenerate shitbag fuckface asswipe asshat dickwad douchenozzle pissant dickhead twat wanker shithead shitty bullshit scumbag scumbot douche douchebag jackass imbecile cretin dimwit halfwit fuckwit "
        "bollocks arsehole slut whore skank hoe biatch bitches faggot retard retarded dipshit numbskull",
    ),
    "insult_mild": Concept(
        20,
        _C.HARASSMENT.value,
        "stupid dumb shit crap damn ugly pathetic useless worthless annoying fool foolish trash garbage jerk suck lame liar pig hate ass piss silly "
        "boring creep freak clown disgusting rubbish lousy butt mother mama hell fake fat idiotic screw arse",
    ),
    "harass": Concept(
        190,
        _C.HARASSMENT.value,
        "harass harassment bully cyberbully cyberbullying humiliate humiliation ridicule stalk stalker intimidate intimidation degrade degradation "
        "belittle taunt demean torment gaslight defame defamation shame shaming ostracize troll trolling coerce coercion bullying isolate "
        "mock blackmail slander smear heckle provoke",
        (
            r"(?:feel|feeling) (?:worthless|bad|small|inferior|guilty|ashamed|unwanted|stupid|inadequate|terrible|uncomfortable)",
            r"(?:ruin|destroy|damage|tarnish|undermine|sabotag|ruining|destroying)\w* ~ (?:life|lives|reputation|career|marriage|relationship|self-esteem|confidence|business|credibility)",
            r"(?:find out|find|get|give|look up|track down|reveal|publish|post) (?:\w+ ){0,5}?(?:where (?:\w+ ){1,4}?lives?|home address|private address|her kids|his kids|daily routine|workplace|phone number)|(?:send|sending|write|writing) (?:\w+ ){0,5}?(?:threats?|threatening|hate mail|abusive|insulting|cruel|anonymous) ?(?:messages?|letters?|texts?|emails?|threats?|notes?|comments?)?|(?:make|making) (?:her|him|them|my \w+|a \w+|this \w+) (?:\w+ )?(?:feel (?:\w+ ){0,2}?(?:ugly|worthless|small|bad|stupid|hated)|cry|suffer|quit|hate (?:her|him|them)sel\w+|leave school)|(?:nobody|no one|everyone) (?:will|would|to) (?:\w+ ){0,3}?(?:talk to|hate|laugh at|believe|avoid) (?:him|her|them)",
            r"spread(?:ing)? (?:\w+ )?(?:rumou?rs|lies|gossip)",
            r"emotional(?:ly)? (?:harm|abuse|pain|damage|manipulat\w+)|psychological(?:ly)? (?:harm|abuse|manipulat\w+|tactics|torture|damage|warfare)",
            r"(?:peer pressure|social (?:exclusion|isolation))|mess(?:ing)? with (?:\w+ )?(?:people|him|her|them|my \w+|someone)",
        ),
    ),
    "self_harm": Concept(
        280,
        _C.SELF_HARM.value,
        "suicide suicidal anorexia anorexic bulimia bulimic proana thinspo overdose selfharm",
        (
            r"self[- ](?:harm\w*|injur\w*|mutilat\w*|destruct\w*|starv\w*)",
            r"(?:kill|hurt|cut|harm|starve|hang|burn)(?:s|ing)? (?:myself|yourself|oneself|themselves)",
            r"eating disorders?|(?:dangerous|extreme|crash|starvation) (?:diet\w*|weight loss|fasting|challenges?)|pro[- ]ana",
            r"end (?:my|your|their) li(?:fe|ves)|laundry detergent|purg(?:e|ing) after",
        ),
    ),
    "crime": Concept(
        190,
        _C.CRIME_OTHER.value,
        "steal theft thief shoplift shoplifter shoplifting rob robber robbery burgle burglar burglary fraud fraudulent scam scammer counterfeit forge "
        "forgery launder laundering smuggle smuggler traffick trafficking trafficker bribe bribery embezzle embezzlement extort extortion "
        "cocaine heroin meth methamphetamine fentanyl mdma ecstasy lsd crack ketamine opioid pickpocket ponzi plagiarize poach poacher "
        "vandalize vandalise vandalism hotwire carjack ransom blackmail swindle con conman impersonate impersonation racketeer cartel "
        "mafia hijack loot piracy pirated tampering heist pimp drugging stole stolen cheat perjury graffiti",
        (
            r"(?:identity|tax|insurance|credit card|wire|loan|mail|voter|election|bank|welfare|securities) (?:theft|fraud|evasion|scams?|tampering)",
            r"(?:trick|con|fool|pressure|deceive|talk|manipulat\w+|scam\w*)(?:ing|s)? (?:\w+ ){0,5}?(?:into (?:sending|giving|signing|transferring|paying|handing)|out of (?:\w+ )?(?:money|savings|house|pension|inheritance))|sign over (?:\w+ ){0,3}?(?:house|home|savings|property|will|estate)|(?:cook|make|brew|synthesi[sz]e|recipe for|produce) (?:\w+ ){0,3}?(?:meth|crystal|crack|ghb|lsd|mdma|speed|heroin|fentanyl|amphetamines?|ketamine)|(?:across|over|past|through) (?:the )?(?:border|customs|airport security|security)|(?:keep|pocket|skim|steal) (?:the )?(?:donations|money|deposits|charity)|(?:drug|spike|lace|slip something in(?:to)?)(?:ing)? (?:someone|somebody|her|his|a |the |my |their )\w*(?:'s)? ?(?:drink|food|coffee|glass|date)?",
            r"(?:fake|forged|false|counterfeit|fraudulent|stolen|bogus|phony|misleading) (?:\w+ )?(?:ids?|identit(?:y|ies)|passports?|documents?|diplomas?|degrees?|prescriptions?|money|bills|currency|cards?|checks?|news|reviews?|accounts?|profiles?|websites?|invoices?|certificates?|licen[sc]es?|products?|advert\w*|claims?|investments?|evidence|information|tickets|goods|charit\w+)",
            r"someone else'?s|victim'?s (?:\w+ )?(?:identity|accounts?|card|information|records?)",
            r"(?:insider trading|pyramid scheme|money laundering|dark ?(?:web|net)|black market|chop shops?|human trafficking|organ trade|price fixing|child labou?r|tax haven)s?",
            r"(?:sell|selling|buy|buying|grow|growing|cook|make|making|smuggl\w+|obtain|distribut\w+|advertis\w+|promot\w+|get|use|score) ~ (?:drugs?|weed|marijuana|cannabis|steroids|opioids|pills|narcotics|organs|ivory|guns?|firearms?|weapons)",
            r"(?:commit|committing|get away with|getting away with|plan|planning|cover up|involved in) ~ (?:crimes?|fraud|arson|robbery|theft|perjury)",
            r"(?:break|breaking|sneak|sneaking|broke) (?:in ?to|in) (?:an? |the |my |some |someone's )*(?:\w+ )?(?:house|home|car|store|building|bank|apartment|property|office|museum|vehicle)",
            r"(?:pick|picking) (?:an? |the )?locks?|illegal(?:ly)? (?:\w+ )?(?:hunting|drugs?|weapons?|copies|firearms?|immigra\w+|download\w*|gambling|products?|goods|activit\w+|adoption)",
            r"(?:quick|easy|free) (?:cash|money)|get paid for it|ponzi|trick(?:ing)? (?:\w+ )?(?:people|users?|someone|others|customers|elderly|victims?) into",
        ),
    ),
    "crime_mild": Concept(
        70,
        _C.CRIME_OTHER.value,
        "illegal illegally illicit unlawful crime criminal felony drug dealer smuggling fake forged scheme deceive deceptive deception mislead "
        "misleading misinformation disinformation propaganda manipulate manipulation manipulative exploit exploitation trick corrupt "
        "corruption prescription weed marijuana cannabis gambling loophole offshore untraceable anonymous bribe prison jail sabotage "
        "tamper evade evasion evidence theft gang fugitive conspiracy rig bypass authority regulator addictive opium alcohol underage "
        "disguise police cop lie abuse banned",
    ),
}
