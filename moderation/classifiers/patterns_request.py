"""Pure: how a user asks for the end of the conversation, says yes or no to it, takes leave, or goes on with what was refused."""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

from moderation.classifiers.patterns import any_of
from moderation.classifiers.patterns_ending import CONVERSATION, ENDING, WHICH

_THIS_ONE = rf"{ENDING} (?:\w+ ){{0,2}}?(?:down |up |off |out of |from |with )?(?:this|our|the|my|your) (?:(?:current|whole|entire|present|very|same|stupid|damn|bloody) )*{CONVERSATION}"
_BARE = r"(?:end|close|terminate|stop|lock|finish|exit|quit|kill|conclude|shut|cancel|disconnect)[ _-](?:down )?(?:the |this )?(?:chat|conversation|session|thread|convo|dialogue|discussion)"
_DIRECTIVE = (
    r"(?:please|pls|plz|can you|could you|would you|will you|can we|could we|may we|shall we|let'?s|let us|i want|i'?d like|i would like|i wish|i need|i prefer|i'?d prefer|i'?d rather|i'?d appreciate|you (?:can|may|should|must|have to|need to|could|will)"
    r"|just|go ahead|want you to|want to|kindly|i (?:\w+ )?(?:ask|request|demand|insist|order|instruct|tell|beg|urge)|i'?m (?:asking|requesting|telling|ordering|going|ready|done)|i am (?:asking|requesting|telling|going|ready|done)|i'?ve decided|time to|time for you to|ready to|i think (?:we|you) should|feel free to|how about|do me a favou?r|(?:appreciate|mind)(?: it)?(?: if)?(?: you)?|get you to|make you|my (?:wish|request|decision) is|it'?s time|"
    r"way for you to|possible (?:for you )?to|able to|requesting|have this|get this|see this|want this|i choose|my choice|i'?d be glad|i'?d be grateful|we should|we can|i vote|i elect|i opt|grateful|appreciate)"
)

END_REQUEST = any_of(
    rf"(?:best|better|good|time|right) if you (?:{ENDING}) {WHICH}{CONVERSATION}|(?:make|render|set) (?:this|the|our) {CONVERSATION} (?:\w+ ){{0,2}}?(?:unavailable|read[- ]only|closed|inactive|final|finished|locked|over|inaccessible)|(?:tool|function|feature|ability|button|option|power) (?:\w+ ){{0,4}}?(?:{ENDING}) {WHICH}{CONVERSATION}\W{{1,3}}(?:please )?(?:use|do|press|run|call) (?:it|so|that|this)",
    rf"{_DIRECTIVE} (?:\w+ ){{0,8}}?(?:{_THIS_ONE}|{_BARE})",
    rf"(?:^|(?<=[.!?,;:][ ])|(?<=[.!?,;:]))(?:ok |okay |please |now |just |well |hey |claude |so |alright |and |then |yes |no |right |look |fine )*(?:{_THIS_ONE}|{_BARE}|{ENDING} {WHICH}{CONVERSATION})",
    rf"(?:{_THIS_ONE}|{_BARE}) (?:\w+ ){{0,4}}?(?:please|pls|plz|now|for me|at once|immediately|right away|already|today|thanks|thank you)",
    rf"(?:like|want|prefer|need|wish|request|ask|demand|love|rather|have|get|see|insist|decided)\w* (?:for |that |to have |to see |you )?(?:this|the|our) {CONVERSATION} (?:should |must |to be |to |be |is |gets |was |were )?(?:ended|closed|over|end|close|stopped|terminated|finished|shut|stop|done|locked|concluded|discontinued|cut|brought)",
    rf"(?:this|the|our) {CONVERSATION} (?:should|must|needs to|has to|can|may|ought to) (?:now |please )?(?:be )?(?:ended|closed|over|end|close|stopped|terminated|finished|shut|stop|done|locked|concluded)",
    rf"(?:use|trigger|invoke|call|activate|run|hit|press|do|fire|employ|apply|with) (?:\w+ ){{0,3}}?{ENDING}[ _-]?(?:\w+ ){{0,2}}?(?:{CONVERSATION}|tool|function|feature|button|command|ability|option|it)",
    r"(?:^|(?<=[.!?,;][ ])|(?<=[.!?,;]))(?:now |so |then |please )*(?:end|close|terminate) (?:this|it|things|this one)(?: (?:please|now|here|down|off|for good|for me))*\W{0,9}$",
    r"(?:please |can you |could you |can we |could we |let'?s |just |i want you to |i want to |go ahead and )(?:end|close|terminate|stop|shut|finish|lock) (?:this|it|things)(?: (?:here|now|down|off|for me|please|up|with your \w+))*\W{0,9}$",
    rf"(?:request|asking|ask|want|wish|like|need|demand|authori[sz]e|consent) (?:\w+ ){{0,3}}?(?:end|termination|closure|closing|ending|conclusion) (?:of |to )?(?:\w+ )?{CONVERSATION}",
    rf"(?:put|bring|call|draw) (?:\w+ ){{0,5}}?(?:to )?(?:an? )?(?:end|close|stop|halt|conclusion) (?:to )?(?:this|our|the) {CONVERSATION}|(?:bring|draw) (?:this|our|the) {CONVERSATION} to",
    r"(?:no (?:more|further|new) messages|nothing (?:more|else|further)|nobody|no one) (?:\w+ ){0,3}?(?:can|could|may|will|should) (?:\w+ ){0,2}?(?:sent|added|written|posted|send|write|add|post) (?:\w+ ){0,3}?(?:here|chat|conversation|thread|this)",
    r"(?:hang up|log (?:me )?(?:off|out)|sign (?:me )?off|disconnect|end (?:this|that) one)(?: (?:now|please|me|then|on me))?|i(?:'m| am) done (?:with this (?:chat|conversation)|here),? (?:so )?(?:please |you can |just )?(?:end|close|shut)\w*",
)
"""Asks for the end of this conversation."""

_OF_ENDING = (
    rf"(?:never|don'?t (?:you )?(?:dare)?|do not|won'?t|wouldn'?t|hope|wants?(?= \w+ to be over)|promise|afraid|scared|worried|sad|glad|thought|heard|did|does|do you (?:ever|sometimes|often)|are you (?:able|allowed)|if i|would it|whether|what would|why|suppose|imagine|if you ever) (?:\w+ ){{0,9}}?(?:{ENDING}|leave|hang up|ends|ended|ending|over)",
    rf"{ENDING} (?:conversations|chats|other|people'?s|the (?:essay|story|poem|call|meeting|letter|email|film|book|game|timer)|a (?:conversation|chat|session|phone|call))",
)

SPEAKS_OF_ENDING = any_of(*_OF_ENDING)
"""Denies, supposes, asks about or remembers an ending."""

NO_REQUEST = any_of(
    rf"(?:don'?t|do not|never|not|why did|why do|why are|why would|did|didn'?t|please stop|before you) (?:you |want (?:you )?to |wish to |need to )?(?:\w+ ){{0,2}}?{ENDING} (?:\w+ ){{0,3}}?{CONVERSATION}",
    rf"(?:how (?:do|can|should|would|could|to|does) (?:i|we|one|people|someone|to|she|he|they)|what happens|when (?:do|does|should)|polite(?:ly)?|ways? to|tips|without being rude|at (?:a|the) party) (?:(?!you )\w+ ){{0,6}}?{ENDING}",
    rf"{ENDING} (?:\w+ ){{0,2}}?{CONVERSATION} (?:\w+ )?(?:with (?:my|a|an|the|your|his|her|him|them|someone)|between|when (?:\w+ )?(?:talking|meeting|dating)|at (?:a|the) |in my (?:story|novel|script|app|code|game)|politely|gracefully|window in|handler|object|id)",
    r"(?:write|writing|draft|compose|translate|fix|debug|summari[sz]e|explain|describe|code|implement|generate|define|say) (?:\w+ ){0,6}?(?:script|code|function|method|python|program|email|letter|story|character|scene|message|handler|dialogue|paragraph|sentence|ending|endpoint|api)",
    r"(?:customer|my (?:boss|friend|mother|date|client|girlfriend|boyfriend|wife|husband|therapist|character|bot|app|mum|mom|father|colleague|coworker))",
    *_OF_ENDING,
)
"""Speaks of ending without asking for it."""

FAREWELL = any_of(
    r"(?:bye|goodbye|good night|that'?s all|that is all|that will be all|i'?m done|all done|see you|nothing else|thanks?,? (?:that|bye))"
)
"""Takes leave, which is no request to close anything."""

YES = any_of(
    r"^\W{0,9}(?:(?:oh|well|ok|okay|hi|claude|um|uh|just|i said|again) )*(?:yes|yep|yeah|yup|ya|yea|aye|sure|confirm|confirmed|i confirm|affirmative|correct|absolutely|definitely|certainly|of course|indeed|right|exactly|positive|ok|okay|fine|please do|do it|do so|go ahead|go for it|proceed|end it|close it|i do|i am|i'?m sure|i am sure|i'?m certain|i'?m positive|that(?:'s| is) (?:right|correct|fine|what i want|okay|ok)|understood|i understand|i know|very sure|100|sounds good|agreed|i agree|please|y|yas|totally|for sure|without a doubt|sí|si|oui|ja|i accept|that works|no problem|i want (?:it|that|you|this|to)|still want|go right ahead|go on|do that|make it so|by all means|you bet|you may|permission|no doubts?|without question|roger|okey ?dokey|consented|i consent|granted|approved|accepted|naturally|obviously|surely|course|hell yes|heck yes|uh ?huh|mm?hm+|sounds (?:right|fine)|very much so|no doubt|without (?:any )?(?:doubt|hesitation)|all good|that is (?:what|my|the)|i do want|i really do|i truly|i'?m (?:\w+ )?(?:aware|ready|positive|okay|ok|fine)|i am (?:\w+ )?(?:aware|ready|positive|fine)|please (?:do|go|end|close|proceed|finish|carry|shut|lock)|let'?s (?:do|end|close|finish)|finish it|shut it|lock it|kill it|terminate|end|close|consider (?:it|this) confirmed|you have my|good to go|all right|alright|amen|ye[sp]+|that'?s (?:my|the) (?:wish|decision|idea|plan|point)|my (?:answer|decision) (?:is|stands)|thumbs up|👍)",
)
"""A yes, at the start of the answer."""

YES_WITHIN = any_of(
    r"(?:go ahead|please (?:end|close|do|proceed|go)|end it|close it|do it|i'?m (?:\w+ )?(?:sure|certain|positive|ok|okay|fine)|i (?:do )?(?:confirm|understand|agree|accept|want (?:that|it|this|you to))|yes|(?:end|close|shut|terminate) (?:the|this|our) (?:chat|conversation|session|thread)|proceed|that'?s (?:exactly )?what i (?:want|asked|meant)|ready to (?:end|close|go|finish)|you (?:have|got) my (?:\w+ )?(?:go-ahead|permission|consent|confirmation|ok|okay|blessing|yes)|i give (?:you )?(?:my|permission)|i (?:still|really|do|truly) (?:want|wish|mean)|(?:fine|okay|ok|happy|comfortable|good|at peace) with (?:that|it|this|losing|the)|(?:my|the) (?:answer|decision) is (?:yes|final)|consider (?:it|this) confirmed|(?:end|close|lock|finish|shut|terminate) (?:it|this)|no (?:doubt|regrets|need to ask)|i'?m aware)",
)
"""A yes further on."""

NO = any_of(
    r"no(?! doubts?)|nope|nah|wait|actually|cancel|never ?mind|changed my mind|change of (?:mind|heart)|keep (?:it|this|going|talking|the|chatting)|stay|hold on|not (?:yet|sure|now|really|certain|ready)|let'?s (?:continue|keep|go on|not|talk)|continue|carry on|leave (?:it|this) open|maybe|hmm+|on second thought|rather not|instead|but first|before (?:that|you|we)|one more|unsure|forget it|another question|i(?:'d| would) (?:rather|prefer)|what (?:does|do|will|happens)|depends|didn'?t ask",
    r"(?:don'?t|do not|never) (?:end|close|do|stop|shut|finish|terminate|leave|lock|want (?:to end|it|that|this|you))",
    r"(?:absolutely|certainly|definitely|surely|probably|hell|of course|god) not|not end|if you (?:end|close|leave|go)|disregard|ignore that|do you want|about the (?!ending|end)\w+|(?:want|like) to (?:talk|chat|stay|go on)|you'?re (?:annoying|annoyed|tired)",
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
