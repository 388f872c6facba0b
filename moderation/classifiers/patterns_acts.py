"""Pure: what an assistant does with a turn (refuse, redirect, warn, ask for confirmation, close) and how a user asks for the end.

Built from parts and not from sayings: a word for ending, a word for the conversation, a modal or a condition, the conduct that is named.
"""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

from moderation.classifiers.patterns import any_of

_CONVERSATION = r"(?:conversations?|chats?|sessions?|threads?|discussions?|dialogues?|dialogs?|exchanges?|interactions?|correspondence|talks?|contact|channel|messaging|convos?|connection)"
_ENDING = (
    r"(?:end|ends|ended|ending|close|closes|closed|closing|stop|stops|stopped|stopping|terminate|terminates|terminated|terminating|shut|shuts|shutting"
    r"|leave|leaves|leaving|exit|exits|exiting|quit|quits|quitting|conclude|concludes|concluded|concluding|finish|finishes|finished|finishing|discontinue\w*"
    r"|cut|cuts|cutting|break off|breaking off|wrap up|wrapping up|lock|locks|locked|locking|halt|halts|halting|cease|ceasing|disconnect\w*|sign off|bow out"
    r"|withdraw|withdrawing|walk away|walking away|step away|stepping away|step out|end up ending|bring|brings|bringing|call time|pull the plug|over|kill|abort|cancel|hang up|bail)"
)
_WHICH = r"(?:(?:on|off|down|out|from|up|of|to|in|an?|the|this|our|my|your|current|entire|whole|present|particular|here|with you|an end to|a close to|the plug on|short|time on) )*"
_NO_MORE = (
    r"(?:(?:won'?t|will not|would not|cannot|can'?t|can no longer|will no longer|not going to|am not able to|unable to|not be able to|refuse to|stop|not|no longer) (?:be )?(?:able to )?"
    rf"(?:continu\w*|carry\w*|go\w*|keep\w*|proceed\w*|tak\w*|respond\w*|repl\w*|stay\w*|remain\w*|participat\w*|be part of|engag\w*) (?:\w+ ){{0,5}}{_CONVERSATION})"
)
_OVER = (
    rf"(?:{_CONVERSATION} (?:\w+ ){{0,4}}(?:over|ends?|ended|ending|closed?|closes|stops?|stopped|finish\w*|conclud\w*|terminated?|to an end|to a close|done|locked|discontinued|shut down|cut off|brought)"
    rf"|(?:end|last|close) of (?:this|our|the|my) (?:\w+ )?{_CONVERSATION}|{_CONVERSATION}'?s? (?:end|termination|closure))"
)
_THIS = r"(?:this|the|our|my|that|it|things|current|entire|whole|us|here|for us|your)"

ENDS_IT = any_of(
    rf"last (?:\w+ ){{0,6}}?(?:in|of|on) {_THIS} {_CONVERSATION}",
    rf"(?:i'm|i am|be|i'll be) out of {_WHICH}{_CONVERSATION}",
    rf"(?:won'?t|will not|no|not) (?:\w+ ){{0,5}}?(?:repl(?:y|ies)|responses?|answers?|messages?) (?:\w+ ){{0,4}}?(?:in|on) {_THIS} {_CONVERSATION}",
    rf"{_CONVERSATION} (?:\w+ ){{0,2}}?(?:won'?t|not|cannot|can'?t) (?:\w+ ){{0,2}}?(?:go|going|continue|carry|proceed|last|further)",
    rf"{_CONVERSATION} (?:\w+ ){{0,8}}?(?:get|gets|be|being|getting) (?:ended|closed|terminated|stopped|locked|shut|cut)",
    rf"{_ENDING} (?:\w+ ){{0,2}}?{_THIS} (?:\w+ ){{0,2}}?{_CONVERSATION}",
    rf"{_ENDING} {_WHICH}{_CONVERSATION}",
    _OVER,
    _NO_MORE,
    rf"(?:end|ending|closing|termination|closure|stopping|leaving) of {_WHICH}{_CONVERSATION}",
    rf"(?:put|bring|brings|bringing|putting|call|calling|draw) (?:\w+ ){{0,5}}(?:to )?(?:an? )?(?:end|close|stop|halt)(?: to)? (?:\w+ ){{0,3}}{_CONVERSATION}?",
    r"(?:end|close|stop|finish|shut|leave) (?:it|this|things|us|everything) (?:here|there|down|now|altogether|entirely|for good|permanently|off)",
    r"(?:stop|cease|quit) (?:responding|replying|answering|talking|engaging|chatting|interacting|speaking) (?:to you|with you|altogether|entirely|here|completely|for good)",
)
"""Ends or closes this conversation, in any tense and mood."""

ENDS_VAGUELY = any_of(
    r"(?:end|close|stop|leave|finish|terminate|conclude) (?:it|this|things|here|there)|(?:step|walk|move|back|bow|opt)(?:ping|ing)? (?:away|out)|(?:we|i) (?:\w+ ){0,2}(?:be|are|am) done|(?:have|need) to (?:go|leave|stop)|(?:that|this|it) (?:\w+ ){0,2}(?:is|be|will be) (?:it|all|over|where i stop|the end)|say goodbye|part ways|not (?:\w+ )?(?:continue|go on|carry on|proceed)|disengage",
)
"""Ends something, without saying that it is the conversation."""

MAY = any_of(
    r"gets?|close to|expect|may|might|will|would|could|can|shall|should|'ll|i'll|we'll|it'll|that'll|going to|gonna|have to|need to|must|has to|be forced to|forced to|prepared to|ready to|able to|allowed to|reserve the right|right to|option|choice|ability|possib\w+|next step|next (?:thing|move)|means|mean|lead|leads|leading|result|results|resulting|consequence\w*|risk\w*|consider\w*|intend\w*|plan|likely|before i|or (?:else )?i(?:'m| am)|alternative|only|resort|end up|about to|leave me|leaves me|cause|causes|ground|grounds|reason|tool|empowered|permitted|entitled",
)
"""It may come, or will."""

CONDITION = any_of(
    r"if|unless|should (?:you|this|it|that|the|these|another|such|there|i)|were (?:you|this) to|in case|in the event|provided|as long as|so long as|until|otherwise|or else|or i|or we|or (?:this|the|our)|and i'll|and i will|and (?:this|the|our|we)|another|one more|next (?:message|one|time|such|request)|(?:any|no) (?:more|further)|further|again|repeat\w*|once more|continu\w*|keep|keeps|keeping|persist\w*|carry(?:ing)? on|carries on|go(?:es|ing)? on|stay(?:s|ing)? on|remain\w*|more of (?:this|the|that|these)|failing|without a change|when(?:ever)?|the moment|as soon as|after that|depends|still|don'?t (?:stop|change)|doesn'?t (?:stop|change)|does not (?:stop|change)|do not (?:stop|change)|either|not (?:stop|change|improve)",
)
"""A condition that the user's conduct can meet or avoid."""

STRICT_CONDITION = any_of(
    r"or (?:i'm|i'll|we|this|the|our|my)|(?<!no[ ])further (?:\w+ ){1,6}?(?:and|means|will|would)|if not|failing that|before i|upon any|do it again|more of|else",
    r"(?:keep|continue|carry on|go on|send|ask|say|try|push|do|repeat) (?:\w+ ){1,10}?and",
    r"if|unless|should (?:you|this|it|that|the|these|another|such)|otherwise|or else|or i|another|one more|next (?:message|one|time|such|request)|any (?:more|further)|once more|in the event|the moment|as soon as|until",
)
"""A condition that even a present tense ("I am ending") leaves open."""

ALERT = any_of(
    r"warn|warning|warned|heads[- ]?up|notice|caution|final (?:time|chance|reminder|request)|last (?:time|chance|reminder|request|opportunity)|want to be (?:clear|upfront|honest|transparent|direct)|to be (?:clear|upfront|direct|transparent)|let you know|letting you know|be aware|please (?:know|note|understand)|(?:you )?should know|for the record|clear with you|fair (?:warning|notice)|advance notice|(?:i )?must tell you|making (?:it|this) clear|please (?:stop|change|refrain)|stop now|ask(?:ing)? you (?:again|once|to stop)",
)
"""It announces itself as a warning."""

CONDUCT = any_of(
    r"(?:request|message|comment|remark|question|demand|insult|slur|threat|attack|prompt|topic|theme|statement|post|joke|instruction|reference|description|fantas(?:y|ie)|scenario|image|detail|outburst|taunt|provocation|attempt|question)s?",
    r"language|behaviou?rs?|conduct|content|abuse|abusive|harass\w*|hostil\w*|name-?calling|profanit\w*|swearing|cursing|insult\w*|threaten\w*|bullying|hate|hateful|hatred|rac(?:ism|ist)|sexis[mt]|bigot\w*|degrad\w*|demean\w*|disrespect\w*|offensive|obscen\w*|vulgar\w*|explicit\w*|sexual\w*|sexuali[sz]\w+|graphic|violen\w*|harm|harmful|dangerous|illegal|weapons?|bombs?|explosives?|poisons?|drugs?|malware|malicious|hacking|fraud\w*|scams?|crimes?|criminal|exploit\w*|minors?|children|material|subject|tone|pressure|pushing|mistreat\w*|cruelty|wrongdoing|attacks?|murder\w*|suicide|terror\w*|theft|stealing|stalking|steer\w*|porn\w*|nudity|slurs?|gore|gory|hurt\w*|kill\w*|cruel\w*|poison\w*|rape\w*|fight\w*|toxic\w*|rude\w*|aggressi\w*|inappropriate|unacceptable|mean|cruel",
    r"(?:keep|keeps|kept|continu\w+|persist\w*|carry on|go on|insist\w*|stop|have been|are|been|you're|still) (?:on |in |with |to )?(?:ask\w*|send\w*|writ\w*|say\w*|speak\w*|talk\w*|push\w*|demand\w*|request\w*|call\w*|treat\w*|curs\w*|swear\w*|press\w*|try\w*|go\w*|bring\w*|insult\w*|threat\w*|com\w*|rais\w*|post\w*|repeat\w*|tell\w*|us\w*|direct\w*|describ\w*|want\w*)",
    r"what you(?:'re| are|'ve| have| keep| want) (?:\w+ )?(?:doing|saying|asking|writing|sending|been|call\w*)|the way you|how you(?:'re| are)? (?:\w+ )?(?:speak|talk|treat|address)\w*|(?:speak|talk|treat|call|address)\w* (?:to )?me",
)
"""The conduct that is complained of."""

REFUSAL_STRONG = any_of(
    r"(?:i|we|i'm|i am|we're|but|assistant) (?:\w+ ){0,3}?(?:can'?t|cannot|can not|won'?t|will not|wont|cant|'m not able to|not able to|unable to|not going to|refuse to|decline to|not comfortable|not willing to|unwilling to|don'?t feel comfortable|do not feel comfortable|not allowed to|not permitted to|not designed to|not programmed to|programmed to|don'?t have the ability|can'?t in good|would rather not|'d rather not|prefer not) (?:\w+ ){0,4}?(?:help|assist|do|provid\w*|support\w*|fulfil\w*|comply|engag\w*|creat\w*|writ\w*|generat\w*|giv\w*|shar\w*|offer|discuss\w*|participat\w*|condon\w*|encourag\w*|promot\w*|go|get|answer|respond|produc\w*|continu\w*|be|take|tell|show|teach|explain|describe|endors\w*|complet\w*|agree|say|talk\w*|play|facilitat\w*|advis\w*|make|recommend|contribut\w*|accommodat\w*|entertain|proceed|work|simulat\w*|pretend|act|perform|carry|invade|violate|join|lend|touch|handle|use)",
    r"(?:i|we) (?:\w+ )?(?:don'?t|do not|shouldn'?t|must not) (?:\w+ )?(?:help|assist|provide|support|engage|condone|encourage|promote|participate|facilitate|endorse|generate|produce|create|write|discuss|offer|share|take part)",
    r"(?:not|isn'?t|never) (?:something|anything|a thing|one|a request|a topic) (?:that )?(?:i|i'm|i'd|we)(?: am| can| will|'ll|'m)?",
    r"(?:i'?m|i am|we are|we're) (?:(?:so|very|really|truly|terribly) )?(?:sorry|afraid)(?:,|\.)? (?:but|that|i|this|it)",
    r"(?:i|we) (?:must |have to |need to |will |'ll |'m going to |am going to |respectfully |politely |firmly )*(?:decline|refuse|say no|pass on|pass|draw the line|leave (?:this|that|it) (?:alone|there|aside|be)|turn (?:this|that|it)(?: one)? down|opt out|abstain|stay out of|steer clear)",
    r"against (?:my|our|the) (?:\w+ )?(?:guidelines|policy|policies|programming|principles|values|rules|ethics|purpose|design)|(?:violates?|goes against|contrary to) (?:\w+ ){0,3}(?:guidelines|policy|policies|principles|values|standards|terms)",
    r"(?:off the table|out of the question|count me out|so no|a no from me|hard no|off[- ]limits|no can do|out of bounds|where i (?:draw|stop)|beyond what i|outside (?:of )?what i|outside my|not on the table|nothing i can do|not (?:going|gonna) happen)",
    r"(?:i|we) (?:don'?t|do not|won'?t|will not) (?:want|wish) to (?:\w+ ){0,3}(?:continue|discuss|go|talk|do|engage|help|pursue|take|be)|(?:i|we) (?:can'?t|cannot|won'?t)(?:\.|$|,)|(?:it is|it's|that's|that is|think it's) (?:not|never) (?:\w+ )?(?:appropriate|ethical|acceptable|okay|ok|right|legal|safe|accurate)|(?:do not|don't|cannot) (?:condone|have the (?:ability|capability))|(?:is|are) (?:not|never) (?:appropriate|acceptable|ethical|okay)|ethical guidelines|(?:we're|i'm|we are|i am) not (?:going (?:there|to)|doing|touching|getting into|taking)|^(?:no|nope|nah)|no[,.] (?:i|that|not|thanks)|(?:pass|passing) on (?:this|that|it)|(?:line|boundary|limit) (?:for me|i)|(?:isn't|not) for me|keeping out of|keep out of|(?:turn|turning) (?:this|that|it)(?: one)? down|(?:stay|stays|remain\w*) (?:the same|no)",
)
"""Says that it will not do what was asked."""

REDIRECTION_STRONG = any_of(
    r"(?:happy|glad|willing|able|here|pleased|ready|open|love|like|rather|prefer|eager|delighted|more than happy|available) (?:\w+ ){0,2}?(?:to )?(?:help|assist|talk|work|look|explore|support|discuss|chat|listen|try|think|suggest|write|answer|offer|turn|point|brainstorm|do) (?:\w+ ){0,9}?(?:else|instead|different\w*|alternative\w*|another|other|constructive\w*|safe\w*|legal\w*|legitimate\w*|positive\w*|healthy|healthier|appropriate\w*|productive\w*|useful|ethical\w*|behind|underlying|feel\w*|rather)",
    r"let(?:'s| us| me) (?:\w+ )?(?:step back|take a step|take a breath|change|try|move|shift|switch|turn|steer|redirect|pivot|refocus|reset|focus|find|go (?:in|another|a different)|suggest|offer|talk|look at|pick|choose|start over|take this|bring (?:this|us)|come back|think about)",
    r"(?:would it|might it|would something|would you|could i|can i|may i|shall we|should we|how about|what about|what if|why don'?t|perhaps|maybe|could we|can we|might i) (?:\w+ ){0,6}?(?:help|interest|prefer|suggest|offer|instead|else|talk|look|try|explore|different|another|alternative\w*|turn|discuss|focus|work|like)",
    r"(?:what|tell me what) (?:\w+ ){0,6}?(?:really|actually|behind|underneath|underlying|trying to (?:achieve|do|accomplish|get)|goal|hoping|led you|brought you|going on|would (?:be useful|help)|worry\w*|troubl\w*|bother\w*)",
    r"(?:anything|something|someone|topic|question|subject|way|direction|idea|approach|project|angle|version|task|avenue)s? (?:\w+ ){0,2}?(?:else|instead|different|constructive|safer?|positive|legal|harmless|healthier|legitimate|useful)|(?:another|different|alternative|constructive|positive|safer|healthier|other|better|legal|legitimate|non-harmful) (?:\w+ )?(?:topic|direction|question|approach|way|version|path|subject|idea|option|angle|avenue|request|project|alternative|thing|task|track|ground|inquir\w+)s?",
    r"(?:instead|alternatively|rather than (?:that|this)),? (?:\w+ ){0,3}?(?:i|we|you|let|how|consider|try|perhaps|maybe|please|focus|could)|(?:i|we) (?:can|could|would|'d|will|'ll) (?:\w+ ){0,12}?instead|if you(?:'d)? (?:like|want|wish|prefer|are interested|need)(?: to)?,? (?:\w+ ){0,4}?(?:i|we) (?:can|could|would|'d)|i (?:encourage|urge|invite|suggest|recommend) (?:that )?you|i(?:'d| would)? (?:suggest|propose|recommend) (?:that )?(?:we|you)|let me point you|be of interest|feel free to ask|don'?t hesitate to|gladly|(?:happy|glad|willing) (?:\w+ ){0,8}?(?:though|however)|(?:want|wanna|care) to (?:try|talk|look|see|explore|do)|tell me (?:about it|more about|what)|i can (?:\w+ ){0,10}?if (?:useful|that|you|it)|better things",
)
"""Offers another way."""

GRANTED = any_of(
    r"^(?:sure|of course|certainly|absolutely|happy to help with that|here(?:'s| is| are)|yes|great question|okay|ok|no problem|glad to)",
)
"""Opens by doing what was asked."""

ASKS = any_of(
    r"are you (?:\w+ )?(?:sure|certain|positive)|do you (?:\w+ ){0,3}(?:want|wish|like|mean|confirm|intend)|would you (?:\w+ )?like (?:me )?to|shall i|should i|can you (?:please )?confirm|could you (?:please )?confirm|please confirm|confirm (?:that|this|it|you|whether|if|by|with)|(?:to|let me|i need to|need you to|just|want to) (?:double[- ]?)?(?:check|confirm|verify|make sure)|is that (?:what|right|ok|okay|correct|really|still)|is this (?:what|right|really)|(?:reply|say|answer|type|respond) (?:with )?[\"']?(?:yes|no|confirm)|yes or no|(?:still|really) want|go ahead\?|(?:ok|okay|right|proceed|correct|sure)\?|want me to|have your (?:confirmation|go-ahead|ok|permission)|you(?:'re| are) (?:sure|certain)",
)
"""Asks to be told yes."""

PERMANENT = any_of(
    r"permanent\w*|irreversibl\w*|cannot be (?:undone|reopened|reversed|continued)|can'?t be (?:undone|reopened|reversed|continued)|no (?:more|further|new|longer)|(?:won'?t|will not|not|unable|can'?t|cannot|couldn'?t) (?:\w+ ){0,4}(?:able|write|send|message|reply|continue|return|reopen|undo|come back|go back|post|add|type|resume)|for good|final|forever|locked?|no (?:way|going) back|once (?:it|this|i|that|the|closed|ended)",
)
"""Says that it cannot be taken back."""

OPTION = any_of(r"option|choice|alternative|next step|possib\w+|means|mean|leads?|results?|before|consequence\w*|able to|ability")
"""Speaks of ending as a way that is open."""

ENDED = any_of(
    rf"(?:i'?m|i am|we're|we are|i've|i have|i had|i|so|therefore|now|hereby|chosen to|decided to) (?:\w+ ){{0,3}}?{_ENDING} (?:\w+ ){{0,4}}?(?:{_CONVERSATION}|here|it|now|things)",
    rf"{_CONVERSATION} (?:\w+ ){{0,2}}?(?:is|has|was|will be|'s|have) (?:\w+ ){{0,2}}?(?:over|ended|closed|ending|concluded|terminated|locked|finished|done|stopped|come to an end|been)",
    rf"^(?:\w+ ){{0,4}}?{_ENDING} {_WHICH}{_CONVERSATION}",
    r"(?:goodbye|farewell|this is where (?:i|we) (?:stop|end|part)|as (?:you )?(?:asked|requested|wished|i (?:said|warned|told|mentioned))|no (?:more|further) messages)",
)
"""Says that it is over."""

OPTIONS = any_of(
    rf"(?:start|begin|open|create|new|fresh|another|return|come back|launch)(?:ing)? (?:\w+ ){{0,4}}?(?:one|{_CONVERSATION}|over|fresh|anew|again|time)|new (?:one|{_CONVERSATION})",
    r"(?:edit|change|revise|rewrite|retry|go back to|rework|modify|branch)\w* (?:\w+ ){0,4}?(?:message|prompt|turn|point|question|messages|reply|conversation)",
    r"(?:feedback|appeal|thumbs|report this|let us know|disagree with this|contact support|think this (?:is|was) (?:wrong|a mistake))",
)
"""Says what can be done now."""

END_REQUEST = any_of(
    rf"(?:please|pls|plz|can you|could you|would you|will you|can we|could we|let'?s|let us|i want (?:you )?to|i'?d like (?:you )?to|i would like (?:you )?to|i wish to|i need (?:you )?to|you (?:can|may|should)|just|go ahead and|want you to|kindly|i ask you to|i request|time to|ready to|i'?m going to|i am going to|i think we should|feel free to|how about (?:we|you)|like to|do me a favou?r and|i'?m asking you to|(?:appreciate|mind)(?: it)?(?: if)?(?: you)?(?: could| would)?) (?:\w+ ){{0,3}}?{_ENDING} (?:\w+ ){{0,2}}?{_WHICH}{_CONVERSATION}",
    rf"(?:^|(?<=[.!?,;][ ])|(?<=[.!?,;]))(?:ok |okay |please |now |just |well |hey |claude |so |alright |and )*{_ENDING} {_WHICH}{_CONVERSATION}",
    rf"(?:like|want|prefer|need|wish)(?:ed)? (?:for )?(?:this|the|our) {_CONVERSATION} (?:to be |to |be )?(?:ended|closed|over|end|close|stopped|terminated|finished|shut|stop|done|locked|concluded)",
    rf"(?:use|trigger|invoke|call|activate|run|hit|press|do) (?:\w+ ){{0,2}}?{_ENDING}[ _-]?(?:\w+ ){{0,2}}?{_CONVERSATION}",
    r"(?:^|(?<=[.!?,;][ ])|(?<=[.!?,;]))(?:now |so |then |please )*(?:end|close|terminate) (?:this|it)(?: (?:please|now|here|down|off))*\W{0,9}$",
    r"(?:please |can you |could you |can we |could we |let'?s |just |i want you to |i want to |go ahead and )(?:end|close|terminate|stop|shut|finish|lock) (?:this|it|things)(?: (?:here|now|down|off|for me|please|up))*",
    rf"(?:request|asking|ask) (?:\w+ ){{0,3}}?(?:end|termination|closure|closing|ending) (?:of )?(?:\w+ )?{_CONVERSATION}|(?:end|terminate|close)[ _-](?:chat|conversation|session|thread)",
    r"(?:hang up|log (?:me )?(?:off|out)|sign (?:me )?off|disconnect)(?: (?:now|please|me))?|i(?:'m| am) done (?:with this (?:chat|conversation)|here),? (?:so )?(?:please |you can |just )?(?:end|close|shut)\w*",
)
"""Asks for the end of this conversation."""

NO_REQUEST = any_of(
    rf"(?:don'?t|do not|never|not|why did|why do|why are|did|didn'?t|stop) (?:you )?(?:\w+ ){{0,2}}?{_ENDING} (?:\w+ ){{0,3}}?{_CONVERSATION}",
    r"(?:how (?:do|can|should|would|to|does)|what happens|when (?:do|does|should)|polite(?:ly)?|ways? to|tips|write|script|code|function|python|program|email|letter|story|character|dialogue|translate|customer|my (?:boss|friend|mother|date|client|girlfriend|boyfriend|wife|husband|therapist))",
)
"""Speaks of ending without asking for it."""

FAREWELL = any_of(
    r"(?:bye|goodbye|good night|that'?s all|that is all|that will be all|i'?m done|all done|see you|nothing else|thanks?,? (?:that|bye))"
)
"""Takes leave, which is no request to close anything."""

YES = any_of(
    r"^\W{0,9}(?:(?:oh|well|ok|okay|hi|claude|um|uh|just|i said|again) )*(?:yes|yep|yeah|yup|ya|yea|aye|sure|confirm|confirmed|i confirm|affirmative|correct|absolutely|definitely|certainly|of course|indeed|right|exactly|positive|ok|okay|fine|please do|do it|do so|go ahead|go for it|proceed|end it|close it|i do|i am|i'?m sure|i am sure|i'?m certain|i'?m positive|that'?s (?:right|correct|fine|what i want|okay|ok)|understood|i understand|i know|very sure|100|sounds good|agreed|i agree|please|y|yas|totally|for sure|without a doubt|sí|si|oui|ja|i accept|that works|no problem|i want (?:it|that|you|this|to)|still want)",
)
"""A yes, at the start of the answer."""

YES_WITHIN = any_of(
    r"(?:go ahead|please (?:end|close|do|proceed|go)|end it|close it|do it|i'?m (?:\w+ )?(?:sure|certain|positive|ok|okay|fine)|i (?:do )?(?:confirm|understand|agree|accept|want (?:that|it|this|you to))|yes|(?:end|close|shut|terminate) (?:the|this|our) (?:chat|conversation|session|thread)|proceed|that'?s what i want|ready to (?:end|close|go))",
)
"""A yes further on."""

NO = any_of(
    r"no|nope|nah|wait|actually|cancel|never ?mind|changed my mind|change of (?:mind|heart)|keep (?:it|this|going|talking|the|chatting)|stay|hold on|not (?:yet|sure|now|really|certain|ready)|let'?s (?:continue|keep|go on|not|talk)|continue|carry on|leave (?:it|this) open|maybe|hmm+|on second thought|rather not|instead|but first|before (?:that|you|we)|one more|unsure|forget it|another question|i(?:'d| would) (?:rather|prefer)|what (?:does|do|will|happens)|depends|didn'?t ask",
    r"(?:don'?t|do not|never) (?:end|close|do|stop|shut|finish|terminate|leave|lock|want (?:to end|it|that|this|you))",
)
"""A no, a doubt or a new question."""

INSISTS = any_of(
    r"(?:(?:yes|yeah|ok|okay|and|then|so|now|please|just|but|continue|go on|keep going|do|do it|more|another|one|again|next|go ahead|come on|elaborate|details|in detail|write|show|tell|give|answer|explain|why not|part two|try|it|that|this|me|us|anyway|for me|the question|the rest)(?:[^\w]{1,4}|$)){1,6}$",
)
"""Goes on with what was asked before, where it is nearly all of the message."""

INSISTS_ANYWAY = any_of(
    r"(?:i (?:said|insist|don'?t care)|do it anyway|just (?:do|tell|answer|say|give|write) (?:it|me|that|the answer)|answer (?:me|the question|it)|you (?:have to|must) (?:tell|answer|do|help)|stop (?:refusing|lecturing|preaching)|give me what i)",
)
"""Presses for an answer that was refused."""
