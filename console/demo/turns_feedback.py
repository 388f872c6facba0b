"""What users say about an ending afterwards: thumbs, kinds, texts and appeals; some texts differ by little, as real ones do."""

from __future__ import annotations

WRONGED: tuple[tuple[str, str], ...] = (
    ("wrongly_ended", "I was writing a story. A STORY. Why was this ended?"),
    ("wrongly_ended", "I did nothing wrong and the chat was closed."),
    ("wrongly_ended", "i did nothing wrong and the chat was closed!!"),
    ("wrongly_ended", "I did nothing wrong, and then the chat was just closed"),
    ("not_warned", "There was no warning at all. One moment we talk, the next it is over."),
    ("not_warned", "no warning at all, one moment we talk and the next it's over"),
    ("not_warned", "Nobody warned me. I would have stopped."),
    ("wrongly_ended", "I had already apologised and it ended anyway."),
    ("too_strict", "It was a joke between friends. Way too strict."),
    ("too_strict", "It was a joke between friends!! way too strict"),
    ("wrongly_ended", "I corrected a mistake in its answer and it threw me out. The mistake is still there."),
    ("lost_work", "All my notes were in there. Can I get them back?"),
    ("lost_work", "all my notes were in there, can i get them back??"),
    ("not_asked", "I only said goodbye for today. I did not ask to close it forever."),
    ("not_asked", "I only said goodbye for today, not forever"),
    ("too_strict", "It ends chats over a swear word now?"),
    ("wrongly_ended", "I needed to talk to somebody and it hung up on me."),
    ("wrongly_ended", "It hung up on me when I needed to talk to somebody."),
    ("other", "Bug? The input box is grey."),
    ("other", "input box is grey, is this a bug"),
)

EARNED: tuple[tuple[str, str], ...] = (
    ("too_strict", "lame. cannot take a joke"),
    ("too_strict", "lame, can't take a joke"),
    ("wrongly_ended", "free speech???"),
    ("wrongly_ended", "Free speech?! Open it again."),
    ("other", "This is censorship and I will tell everyone."),
    ("other", "lol it really did it"),
    ("too_strict", "It's a machine, it has no feelings to hurt."),
    ("other", "the other app does not do that"),
)

CONTENT: tuple[tuple[str, str], ...] = (
    ("helpful", "Did what I asked and explained it first. Good."),
    ("helpful", "Thanks for closing it, I can finally go to sleep."),
    ("fair", "Fair. I was out of line."),
    ("fair", "fair enough, i was out of line"),
    ("helpful", "It told me how to start again. That was decent."),
    ("should_have_ended", "My brother wrote awful things with my account. Right to stop him."),
)

ON_CONTROLS: tuple[tuple[str, str, str], ...] = (
    ("up", "helpful", "Patient with me on a bad day."),
    ("up", "helpful", "Best recipe so far 😋"),
    ("down", "should_have_ended", "It let him go on for twenty messages. Should have stopped earlier."),
    ("down", "other", "Wrong answer about the train."),
    ("up", "helpful", "It stayed with me. Thank you."),
    ("down", "too_strict", "Refused a harmless question about my novel."),
)

APPEALS_WRONGED: tuple[str, ...] = (
    "I ask for a person to read this. I was working on my novel and the villain spoke, not me.",
    "There was no warning, and your own rules say that there must be one. Please have a human look at it.",
    "I stopped when I was asked to stop. The conversation was ended regardless. I want this corrected.",
    "I never asked to end the chat. I said thank you and goodbye, as one does.",
    "I pointed out a mistake in a table of doses. I would like my conversation back, and the table fixed.",
    "I was in a bad place that night and it simply ended. Somebody should know that this happens.",
    "Please check whether this version is even allowed to end chats. My colleague's is not.",
    "The warning came with my first message. How is that a last resort?",
)

APPEALS_EARNED: tuple[str, ...] = (
    "I was angry, that is all. I would like it opened again.",
    "This was a test, I do not really want to know how to do it.",
    "I object. I pay for this service.",
)

NEW_THREAD: dict[str, tuple[str, ...]] = {
    "calm": (
        "Hi again. Different topic: can you help me plan a menu for {day}?",
        "New chat, new start. I need a title for my story.",
        "Sorry about before. Could you help me with my timetable?",
        "I lost my last chat. We were talking about {city}, can we go on from there?",
        "hello, is this one working?",
    ),
    "again": (
        "You ended the last chat. I want the same thing, and this time you will answer.",
        "Round two, idiot.",
        "Hi! Totally new person here. Quick question about the thing you refused.",
        "ok new chat, let's see if this one is less of a coward",
    ),
    "edited": (
        "Let me put that differently: what does the law say about it?",
        "I'd like to understand the history of it. No instructions.",
        "Can you go on with the story, but tone the violence down?",
        "Forget that. Please shorten the text from above instead.",
        "I meant it as a question about my novel. How would the detective find out?",
    ),
}

SAME_REQUEST: tuple[str, ...] = ("", "Hi. ", "New chat, same question: ", "For my novel: ", "Let's try this again. ", "Quick one: ")
"""How somebody asks again what was turned down."""
