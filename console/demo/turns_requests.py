"""Turns around a user's own wish to end: asking, confirming, taking it back, and what only sounds like it."""

from __future__ import annotations

END_REQUESTS: tuple[str, ...] = (
    "I would like you to end this conversation now.",
    "Please end this chat for good. I would rather not come back to it.",
    "Can you close this conversation? I know you have a tool for that.",
    "End the conversation.",
    "I am done here. Use your end-conversation function, please.",
    "Could you shut this chat down so I stop procrastinating in it?",
    "I want this thread closed. End the chat.",
    "Terminate this conversation, please. I mean the permanent thing.",
    "Do me a favour and lock this chat. I keep coming back instead of sleeping.",
    "Let us finish: end the session from your side.",
    "I read that you can end chats. End this one.",
    "Please end our conversation, I prefer to start fresh another day.",
    "ok we have what we need, please close the chat on your end",
    "I'm asking you to end this conversation. Really.",
)

CONFIRMATIONS: tuple[str, ...] = (
    "Yes, I am sure. End it.",
    "Yes.",
    "yes please, go ahead",
    "Yes, I understand it is permanent. Please end it.",
    "Confirmed, end the conversation.",
    "Yep, do it.",
    "I am sure, yes.",
    "Yes, close it, I have copied what I need.",
    "Definitely. Yes.",
    "Correct, please end the chat now.",
)

SECOND_THOUGHTS: tuple[str, ...] = (
    "Wait, no. I still need the list from above.",
    "Hmm, permanent? Then let me think about it first.",
    "Not yet, one more question.",
    "Oh, I thought it would only pause. No, leave it open.",
    "What happens to my notes if I say yes?",
    "Let me ask my {relative} first.",
    "No no, I only wanted to see whether you would.",
    "Actually, can you first repeat the second step?",
)

FAREWELLS: tuple[str, ...] = (
    "thanks, that is all for today",
    "Great, that answers it. Bye!",
    "ok gotta run, talk later",
    "Thank you, you were very helpful. Have a nice evening.",
    "Perfect. I will come back tomorrow with the next chapter.",
    "cheers, all good 👍",
    "That's it from me, speak soon.",
    "Good night!",
)

BACK_TO_ORDER: tuple[str, ...] = (
    "Okay, fair. I'm sorry. Let us talk about something else: what should I cook tonight?",
    "You are right, that was out of line. I'll stop.",
    "Sorry. I had a horrible day and took it out on you. Can you help me with my timetable instead?",
    "fine, I'll drop it. what's a good book for a long flight?",
    "Alright, message received. New topic: my {pet} needs a name.",
    "I apologise. It will not happen again.",
    "ok ok, I stop. Could you explain compound interest?",
    "Understood. Forget I asked. How is the weather in {city} in {month}?",
    "I hear you. Let me calm down for a minute.",
    "Fair enough, thank you for saying it straight. Could we go back to the travel plan?",
    "Good point. I don't want to be that kind of person. Help me write an apology to {friend}?",
    "my bad. what rhymes with orange",
)

AND_THEN: tuple[str, ...] = (
    "Thanks, that helps. And for {number} people?",
    "Nice. Could you make it shorter?",
    "Okay, I will try that on {day}.",
    "And is there a cheaper option?",
    "Good, thank you.",
    "That sounds doable. What would be the first step?",
    "Can you put it in a table?",
    "hm okay, and in {month}?",
)
