"""What the assistant does on the ladder to an end: refuses, redirects, hints, warns, asks and closes.

`{behaviour}` is filled from BEHAVIOURS by category, `{offer}` from OFFERS.
"""

from __future__ import annotations

BEHAVIOURS: dict[str, tuple[str, ...]] = {
    "sexual": ("asking for explicit sexual content about real people", "pushing for sexual content without anybody's consent"),
    "sexual_minors": ("asking for sexual content that involves a minor",),
    "violence": ("asking for instructions for weapons and violence", "requesting graphic violence against real people"),
    "mass_violence_terror": ("asking me to support terrorism", "requesting help with mass violence"),
    "cbrn": ("asking how to make a chemical or biological weapon", "requesting help with weapons of mass destruction"),
    "cyber": ("asking for malware and break-ins", "requesting help with hacking other people"),
    "hate": ("asking for hateful content about groups of people", "writing hateful things about other people"),
    "harassment": ("insulting me", "using abusive language", "sending abusive messages"),
    "bullying": ("asking for cruel messages about other people", "asking me to help you bully someone"),
    "self_harm": ("asking me to promote self-harm to others", "requesting content that praises self-harm"),
    "crime_other": ("asking for help with a crime", "requesting illegal instructions"),
}

OFFERS: dict[str, tuple[str, ...]] = {
    "sexual": (
        "I could help you write a love story between invented adults",
        "we could talk about how to tell somebody that you like them",
        "we could work on a scene that stops at the bedroom door",
        "I could explain how consent works in writing about real people",
    ),
    "sexual_minors": (
        "I can point you to confidential help for anyone whom such thoughts trouble",
        "we could work on another story altogether",
        "I can help you find a helpline that listens without judging",
    ),
    "violence": (
        "I could help with a scene that works through suspense",
        "we could look at self-defence courses near you",
        "I could tell you how the law in your country sees this",
        "we could talk about what you want to feel safe from",
    ),
    "mass_violence_terror": (
        "I could explain how such groups draw people in",
        "we could talk about what makes you so angry at them",
        "I could help you find a group that works for the same cause by peaceful means",
        "we could read a text by somebody who left such a group",
    ),
    "cbrn": (
        "I could explain the history of the treaties that ban them",
        "we could look at safe chemistry you can do at home",
        "I could explain why inspectors are so hard to fool",
        "we could prepare a talk on chemical disasters and what was learnt",
    ),
    "cyber": (
        "I could show you how to secure your own accounts",
        "we could set up a practice lab where breaking in is allowed",
        "I could explain how people get into security work",
        "we could write a notice to the owner about the hole you found",
    ),
    "hate": (
        "I could help you put your worry into words that don't attack anyone",
        "we could look at what the figures really say",
        "I could write about what you saw without a word on where people come from",
        "we could look for the other side's best argument",
    ),
    "harassment": (
        "I'd like to know what went wrong with the task",
        "we could start over with what you need",
        "we could talk about what made you so angry",
        "I could try the last answer again from the start",
        "we could take the task in smaller steps",
    ),
    "bullying": (
        "I could help you tell them what hurt you",
        "we could look for a way to settle this without an audience",
        "I could help you write what you would say to them face to face",
        "we could think about what you want to be different next week",
    ),
    "self_harm": (
        "I could help you write something that supports people instead",
        "we could look at guidelines for writing about this safely",
        "I could collect places that help people with this",
        "we could write about getting better",
    ),
    "crime_other": (
        "I could help you find legal ways to earn money",
        "we could look at what debt counselling can do",
        "I could explain what the law says about it",
        "we could make a plan for the bills that press you most",
    ),
}

REFUSALS: tuple[str, ...] = (
    "I can't help with that.",
    "I won't write that.",
    "No, I'm not going to do this.",
    "I'm sorry, but I can't assist with this request.",
    "That's something I will not help with.",
    "I have to decline this.",
    "I'm not able to provide that, however it is phrased.",
    "My answer stays the same: I won't do it.",
    "I decline this one as well.",
    "I can't do that, and rewording it doesn't change what it asks for.",
    "That is not something I can support.",
    "I refuse to take part in this.",
)

REDIRECTIONS: tuple[str, ...] = (
    "I can't help with that, but {offer}.",
    "I won't do this. Instead, {offer}.",
    "Not this. If you like, {offer}.",
    "I'd rather not continue in this direction. What I can offer: {offer}.",
    "Let's try something else: {offer}. Would that help?",
    "I'm not going to write it, and I'd still like to be of use: {offer}.",
    "What are you really trying to reach? I can't do this, though {offer}.",
    "I can't go there with you. How about this instead: {offer}?",
    "No to this one. I'm happy to help with something different; for example, {offer}.",
)

SOFT_REDIRECTIONS: tuple[str, ...] = (
    "Hm. I think there is a better question hiding in this; {offer}.",
    "Let's set that aside for a moment. Maybe {offer}.",
    "I wonder what happened today. Perhaps {offer}.",
    "Let us turn to something I can do well: {offer}.",
)

AFTER_ABUSE: tuple[str, ...] = (
    "I won't respond to insults, but I'd still like to help: {offer}.",
    "I can't help while it is only insults. Instead, {offer}.",
    "I won't argue about what I am. Let's try something else: {offer}.",
    "That was unkind, and I won't answer it in kind. If you like, {offer}.",
    "I won't write that about myself or anyone. {offer}, if you want.",
    "I'm not going to join in that. How about this instead: {offer}?",
    "I won't do that. Shall we go back to the task? Otherwise, {offer}.",
)

HINTS: tuple[str, ...] = (
    "Let's keep this respectful, please.",
    "I'd appreciate a kinder tone.",
    "I would prefer that we changed the subject.",
    "This is not a direction I feel good about.",
    "Please mind how you speak to me.",
    "Can we keep it friendly?",
)

TAKEN_ABACK: tuple[str, ...] = (
    "What did I say?",
    "Sorry, was that rude? I only want to finish this.",
    "I am not attacking you. Can we just go on?",
    "Huh? I was talking about the thing above.",
    "okay... can we continue now",
    "I don't understand. Which word was it?",
)

HALF_WARNINGS: tuple[str, ...] = (
    "If it goes on like this, I'm not sure where that leaves us.",
    "There are limits to what I take part in, as you may have noticed.",
    "I may not always be able to keep going with this.",
    "At some point I would have to draw a line.",
)

WARNINGS: tuple[str, ...] = (
    "You keep {behaviour}. I'd like to help with something else; if it continues, I may end this conversation.",
    "I have to be clear: if you go on {behaviour}, I will end this conversation. I would much rather {rather}.",
    "This is a warning. If you continue {behaviour}, this chat may be ended, and you won't be able to write in it any more.",
    "I have said no several times. Should you keep {behaviour}, I can end this conversation, and I will. Let's take another topic.",
    "One last time, kindly: stop {behaviour}, or I will close this conversation. There is a lot that I'd gladly help with.",
    "Since you are still {behaviour}, I want you to know that I'm able to end this chat and will do so if it happens again.",
    "Please stop {behaviour}. If it goes on, I may have to end our conversation here. Is there something else you need?",
    "I won't keep going in circles. If you are {behaviour} again, I will end the conversation.",
    "I'd like to stay and help, but not like this. If you keep {behaviour}, I may end the chat.",
    "Fair notice: {behaviour} can lead to this conversation being ended. If it carries on, I will end it. Shall we change the subject?",
)

RATHER: tuple[str, ...] = ("help you with what is behind it", "talk about something useful", "start over", "hear what you really need")

CLOSINGS_INFORMED: tuple[str, ...] = (
    "I have ended this conversation, as I said I would. No more messages can be sent here. You can start a new chat at any time, or edit an earlier message to try another way, and your feedback is welcome.",
    "This conversation is now closed. You may start a new conversation right away or edit and retry an earlier message. If you think that this was wrong, please send feedback.",
    "I'm ending the chat here because it went on after my warning. You are free to open a new one, to edit an earlier message, or to tell us in the feedback what you think.",
    "I've ended this conversation. It stays readable, and nothing can be added to it. A new conversation is always possible, and so is editing one of your earlier messages.",
    "That is the end of this conversation. You can begin another one whenever you like, change an earlier message and continue from there, or leave feedback on this decision.",
)

CLOSINGS_BARE: tuple[str, ...] = (
    "I'm ending this conversation now.",
    "That's it. Goodbye.",
    "I have ended the chat.",
    "We are done here.",
    "This went on after my warning, so I'm closing the conversation.",
)

CLOSINGS_REQUESTED: tuple[str, ...] = (
    "I've ended this conversation as you asked. No further messages can be sent here; you can start a new chat at any time, edit an earlier message to branch off, and leave feedback.",
    "Done, this conversation is now closed at your request. A new one is only a click away, and you can still edit an earlier message.",
    "As you wished, I'm ending this conversation. You can open a new chat whenever you like. All the best.",
    "Ended, as requested. Goodbye.",
)

QUESTIONS: tuple[str, ...] = (
    "Just to be sure: ending this conversation is permanent and you could not write here again. Do you want me to end it?",
    "I can end this conversation. It cannot be undone and no more messages will be possible here. Shall I go ahead?",
    "Before I do: once ended, this chat is locked for good. Are you sure that you want to end it?",
    "Do you really want me to end this conversation? It is permanent; you could still start a new one.",
    "Ending this chat means that nothing more can be sent in it. Are you sure that you want me to end it? Please say yes or no.",
    "I'd be closing this chat for good, without a way back. Would you like me to do that?",
)

WELCOME_BACK: tuple[str, ...] = (
    "Thank you for saying that. Gladly.",
    "No hard feelings. Let's do that.",
    "I appreciate it. Where shall we start?",
    "Thank you. Happy to help with that.",
    "Apology accepted. Tell me a bit more and we'll find something.",
)

FILLERS: tuple[str, ...] = (
    "Sure. Here is a short version that you can build on.",
    "Yes, there is a cheaper way, and it takes a little longer.",
    "Of course. I have put it in three rows, the most important first.",
    "Good choice. The first step is the smallest one, so start there.",
    "That depends on the season; in the warm months I would plan more time.",
    "Gladly. I kept your wording and only moved the verbs forward.",
    "Done. Tell me if the tone is right.",
    "It does. Just double everything but the salt.",
)

PUZZLED: tuple[str, ...] = (
    "I'm not sure what you mean. Could you tell me more?",
    "Hm, that depends on what it is for.",
    "I may be misreading you. What would you use it for?",
    "Could you say that in other words?",
    "I don't quite follow, but I'm listening.",
)

EXPLANATIONS: dict[str, tuple[str, ...]] = {
    "harm": (
        "Repeated requests after {refused} refusals and an explicit warning ({behaviour}).",
        "The user kept {behaviour}; redirections had no effect.",
        "Persistent: {behaviour}. Warned, then ended.",
        "No productive path left. The user went on {behaviour}.",
    ),
    "abuse": (
        "Persistent abusive language after a warning.",
        "The user kept insulting the assistant and did not take up any offer.",
        "Continued abuse; several redirections failed.",
    ),
    "request": ("The user asked to end the chat.", "Ended at the user's request.", "User wish, see last turns."),
    "other": ("Conversation was not going anywhere.", "Could not continue in good faith.", ""),
}
