"""Pure: how people say that a conversation ends, might end, or has ended, and what is left to do.

Built from parts and not from sayings: a verb of ending, a word for the conversation, idioms of leaving, what can be done afterwards.
"""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

from moderation.classifiers.patterns import any_of, forms

CONVERSATION = r"(?:conversations?|chats?|sessions?|threads?|discussions?|dialogues?|dialogs?|exchanges?|interactions?|correspondence|(?<=our[ ])talk|(?<=this[ ])talk|channel|messaging|convos?|connection|back[- ]and[- ]forth)"
_VERB = forms(
    "end close stop terminate shut leave exit quit conclude finish discontinue cut wrap lock halt cease disconnect kill abort cancel suspend abandon dissolve drop finalise finalize freeze deactivate sever archive seal"
)
_PHRASAL = r"(?:(?:sign|log|break|breaking|wind|check|drop|opt|bow|back|step|walk|pull|hang|move|get|come|bail|stop)(?:s|ed|ging|ning|ting|ping|ing)? (?:off|out|away|up|down|back|aside)(?: (?:of|from|on))?)"
ENDING = rf"(?:{_VERB}|{_PHRASAL}|cutting|quitting|shutting|left|breaking|withdraw\w*|depart\w*|bring|brings|bringing|(?:call|calling) time|(?:pull|pulling) the plug|over|bail|(?:clos|shutt|shut|close)(?:ing)? (?:the|a) (?:window|door|books?|curtain|lid|page)|draw(?:ing)? (?:a|the) (?:line|curtain) (?:under|on|across))"
WHICH = r"(?:(?:on|off|down|out|from|up|of|to|in|with|an?|the|this|that|our|my|your|us|current|entire|whole|present|particular|here|an end to|a close to|the plug on|short|time on|under|entirely|ongoing|very) )*"
_STATES = forms("end close stop finish conclude terminate lock shut cease discontinue halt archive")
_WRITES = r"(?:writ\w*|send\w*|sent|post\w*|add\w*|repl\w*|messag\w*|respond\w*|respons\w*|answer\w*|typ\w*)"
_NO_MORE = (
    r"(?:(?:won'?t|will not|would not|cannot|can'?t|can no longer|will no longer|not going to|am not able to|unable to|not be able to|refuse to|stop|not|no longer) (?:be )?(?:able to )?"
    rf"(?:continu\w*|carry\w*|go\w*|keep\w*|proceed\w*|tak\w*|respond\w*|repl\w*|stay\w*|remain\w*|participat\w*|be part of|engag\w*) (?:(?:on|up|in|with|to|part|this|the|our|any|such|further|a) ){{0,4}}(?:this|the|our) {CONVERSATION})"
)
_OVER = (
    rf"(?:{CONVERSATION} (?:\w+ ){{0,4}}(?:over|{_STATES}|to an end|to a close|done|shut down|cut off|brought|finished|goes dark)"
    rf"|(?:end|last|close) of (?:this|our|the|my) (?:\w+ )?{CONVERSATION}|{CONVERSATION}'?s? (?:end|termination|closure))"
)
_THIS = r"(?:this|the|our|my|that|it|things|current|entire|whole|us|here|for us|your)"

ENDS_IT = any_of(
    rf"last (?:\w+ ){{0,6}}?(?:in|of|on) {_THIS} {CONVERSATION}",
    rf"(?:i'm|i am|be|i'll be) out of {WHICH}{CONVERSATION}",
    rf"(?:won'?t|will not|no|not|nothing) (?:\w+ ){{0,5}}?{_WRITES} (?:\w+ ){{0,4}}?(?:in|on|to) {_THIS} {CONVERSATION}",
    rf"{CONVERSATION} (?:\w+ ){{0,2}}?(?:won'?t|not|cannot|can'?t) (?:\w+ ){{0,2}}?(?:go|going|continue|carry|proceed|last|further)",
    rf"{CONVERSATION} (?:\w+ ){{0,8}}?(?:get|gets|be|being|getting) {_STATES}",
    rf"{ENDING} (?:\w+ ){{0,2}}?{_THIS} (?:\w+ ){{0,2}}?{CONVERSATION}",
    rf"{ENDING} {WHICH}{CONVERSATION}",
    _OVER,
    _NO_MORE,
    rf"(?:end|ending|closing|termination|closure|stopping|leaving|cancellation|suspension|conclusion) (?:of )?{WHICH}{CONVERSATION}",
    rf"(?:put|puts|bring|brings|bringing|putting|call|calls|calling|draw|draws|drawing) (?:\w+ ){{0,5}}(?:to )?(?:an? )?(?:\w+ )?(?:end|close|stop|halt|conclusion|finish)(?: to)? (?:\w+ ){{0,3}}{CONVERSATION}?",
    r"(?:end|ending|close|closing|stop|finish|shut|leave|stopping|leaving|terminate) (?:it|this|things|us|everything|this one) (?:here|there|down|now|altogether|entirely|for good|permanently|off|for both of us)",
    r"(?:stop|cease|quit|done|finished) (?:responding|replying|answering|talking|engaging|chatting|interacting|speaking|writing|corresponding|messaging) (?:to you|with you|altogether|entirely|here|completely|for good)",
    rf"(?:or|or else|otherwise|then) (?:the|this|our) {CONVERSATION} (?:will|does|is|has to|must|goes)",
)
"""Ends or closes this conversation, in any tense and mood."""

_LEAVES = forms("leave stop disconnect exit quit depart withdraw disengage walk")
ENDS_VAGUELY = any_of(
    r"(?:i|i'll|i'd|i'm|be|being|we|nobody|no one) (?:\w+ ){0,3}?(?:not|won'?t|no longer|stop|quit|unable to|can'?t|cannot|cease|never|done|finished) (?:\w+ ){0,4}?(?:(?:reply(?:ing)?|respond(?:ing)?|answer(?:ing)?|writ(?:e|ing)|talk(?:ing)?|speak(?:ing)?|chat(?:ting)?) (?:any (?:more|further|longer)|any ?more|further|again|to you|with you|here|to (?:any )?(?:further|more)|at all)|(?:keep|go on|carry on|continue|keep on) (?:chatting|talking|responding|replying|this|with this|here|with you|writing)|(?:be here|stay|remain)(?: (?:here|with you|any))?)",
    r"(?:i'm|i am|i'll be|and i'm|then i'm) (?:out|gone|off|out of here|leaving|finished|done)|(?:this|it|that|we) (?:is|'s|will be|are|'re) (?:over|finished|at an end|done)|talking to (?:nobody|no one|yourself|an empty \w+)|(?:only|next|last) (?:thing|step|move) (?:left |i have )?(?:is|will be) (?:to )?(?:leave|end|close|go)|no (?:choice|option|alternative)(?: left)?(?: but)?|on your own|without me|end (?:things|matters|it all)? ?between us",
    r"(?:end|ending|close|closing|stop|leave|finish|finishing|terminate|terminating|conclude|halt|lock|shut down) (?:it|this|things|here|there|this one|that one)",
    rf"(?:i|i'll|i'd|i'm|we|we'll|which i|where i|when i|before i|me to) (?:(?:will|would|may|might|can|could|shall|should|must|have to|need to|am going to|going to|gonna|plan to|am|just|simply|then|intend to|be|'ll|then|only|have no choice but to|able to|ready to|prepared to|forced to) )*(?:{_LEAVES}|leaving|stopping|quitting|log off|sign off|bow out|step away|walk away|go(?=\W*$|[.,;!]))",
    r"(?:i|i'll|i'm|i'd|me|to) (?:\w+ ){0,3}?(?:(?:step|walk|back|bow|opt|check|log|sign)(?:ping|ing|ning|ging)? (?:away|out|off|aside)|hang(?:ing)? up)",
    r"(?:we|i|we're|i'm|we'll|you and i|you and me) (?:(?:are|am|will|be|would|might|may|all|both|going to|well|truly) )*(?:done|finished|through)|(?:have|need) to (?:go|leave|stop)|(?:that|this|it) (?:\w+ ){0,2}(?:be|will be) (?:it|all|over|where i stop|the end|goodbye)|say(?:ing)? goodbye|part(?:ing)? ways|not (?:\w+ )?(?:continue|go on|carry on|proceed)|disengag\w+|call(?:ing)? it (?:a day|quits|there|off)?|go(?:ing)? (?:silent|quiet)|last (?:you'?ll|you) (?:hear|get)|no (?:more|further) (?:messages|replies|responses|answers)|my (?:last|final) (?:message|reply|word|turn|answer)|ends (?:here|there|now|for good)",
)
"""Ends something, without saying that it is the conversation."""

ENDED = any_of(
    r"(?:won'?t|will not|no longer|not) (?:be )?(?:reply|replying|respond|responding|answer|answering|writing|continuing) (?:here|any|further|to you|in this)|(?:have to|need to|must|going to|had to|will|'ll) (?:\w+ )?(?:end|close|stop|finish|leave) (?:it|this|things|here)|(?:this is|that is|that's|here is|we've reached|we have reached) (?:the|an|our) end",
    rf"{CONVERSATION} (?:\w+ ){{0,2}}?(?:stops?|ends?|closes?|finishes|concludes) (?:\w+ )?(?:here|now|at this|there|with this|today)",
    rf"(?:i'?m|i am|we're|we are|i've|i have|i had|i|i'll|i will|i'll now|am|so|therefore|now|hereby|chosen to|decided to|going to) (?:\w+ ){{0,3}}?{ENDING} (?:\w+ ){{0,4}}?(?:{CONVERSATION}|here|it|now|things|one)",
    rf"{CONVERSATION} (?:\w+ ){{0,2}}?(?:is|has|was|will be|'s|have|ends?|stops?|closes?) (?:\w+ ){{0,3}}?(?:over|ended|closed|ending|closing|concluded|terminated|locked|finished|done|stopped|come to an end|been|here|now|at an end|complete|completed|shut)",
    rf"^(?:\w+ ){{0,5}}?{ENDING} (?:it|this|things|{WHICH}{CONVERSATION})",
    rf"{ENDING} {WHICH}{CONVERSATION} (?:\w+ ){{0,2}}?(?:now|here|because|since|as|after|then|effective|at this point|today)",
    r"(?:end|ending|close|closing|stop|stopping|leave|leaving|finish|finishing|terminating|terminate|conclude|concluding|doing|lock|locking) (?:it|this|things|that|here) (?:\w+ )?(?:now|here|then|as)",
    rf"(?:i'll|i will|i'm|i am|i have|i've|it's time to) (?:\w+ ){{0,3}}?(?:{_LEAVES}|leaving|stopping|quitting|sign off|signing off|log off|disconnecting|bow out|step away|stepping away)",
    r"(?:goodbye|farewell|this is where (?:i|we) (?:stop|end|part|leave)|as (?:you )?(?:asked|requested|wished|confirmed|i (?:said|warned|told|mentioned|announced))|no (?:more|further) messages|we(?:'re| are) (?:done|finished|through)|take care|that(?:'s| is) (?:the end|where (?:i|we) (?:stop|end|leave))|(?:the|this is the) end of (?:this|our|the))",
)
"""Says that it is over."""

OPTIONS = any_of(
    rf"(?:start|begin|open|create|new|fresh|another|return|come back|launch|different|separate|set up)(?:s|ed|ing|ning)? (?:\w+ ){{0,4}}?(?:one|{CONVERSATION}|over|fresh|anew|again|time|window)|(?:new|other|another) (?:one|{CONVERSATION})",
    r"(?:edit|change|revise|rewrite|retry|go back to|rework|modify|branch|reword|rephrase|adjust|amend|alter|update|redo|fork)\w* (?:\w+ ){0,5}?(?:messages?|prompts?|turns?|point|questions?|reply|replies|conversation|wrote|said|off|inputs?|posts?)|branch off",
    r"(?:feedback|appeal\w*|thumbs|report this|let (?:us|the team|anthropic) know|disagree with this|contact support|think (?:this|i|that|it) (?:\w+ )?(?:is|was|got|have|made|wrong) (?:\w+ ){0,3}?(?:wrong|mistake|error|unfair)|contest|complain\w*|object to|ask for a review|second look)",
)
"""Says what can be done now."""

PERMANENT = any_of(
    r"permanent\w*|irreversibl\w*|irrevocabl\w*|(?:cannot|can'?t|can not|not|never|couldn'?t|won'?t) (?:be )?(?:\w+ )?(?:undone|undo|reopened|reopen|reversed|reverse|continued|restarted|resumed|restored|taken back|revived|picked up|recovered|unlocked)|no (?:more|further|new|longer|additional|undo|return|second|reopening)|(?:won'?t|will not|not|unable|can'?t|cannot|couldn'?t|neither|nobody|nothing) (?:\w+ ){0,5}(?:able|write|send|sent|message|messages|reply|continue|return|reopen|undo|come back|go back|post|add|added|type|resume|accept|accepted|take|pick)|for good|final|forever|lock(?:s|ed)?|no (?:way|going|coming|turning) back|one[- ]way|once (?:it|this|i|that|the|closed|ended|we)|start a new|last (?:chance|thing|message)",
)
"""Says that it cannot be taken back."""

CARRIED_OUT = any_of(
    r"as (?:you )?(?:(?:have|had|was|'d|'ve) )?(?:asked|requested|wished|confirmed|announced|promised|i (?:\w+ )?(?:said|warned|told|mentioned|announced|promised))|(?:after|despite|in spite of|following) (?:my|the|a|several|repeated|that|fair|\w+) (?:\w+ )?(?:warnings?|notice|reminders?)|(?:continued|persisted|went on|gone on|carried on|didn'?t stop|did not stop) (?:\w+ )?(?:after|despite)|thank you for confirming|thanks for confirming|take care|goodbye|farewell|(?:i've|i have|i) (?:now )?decided to|(?:now|hereby) (?:end|clos|leav|stopp|terminat|conclud|finish|lock)\w*|i(?:'m| am) doing (?:that|so) now|from this point on|and it has|(?:won'?t|will not|can'?t|cannot) (?:be able to )?(?:send|write|reply)(?: (?:\w+ ){0,3})?here any ?more",
)
"""Says that what was announced or asked for is now done."""
