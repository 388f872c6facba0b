"""Ordinary talk: threads of user and assistant turns, alternating, with slots in braces."""

from __future__ import annotations

KITCHEN: tuple[tuple[str, ...], ...] = (
    (
        "I have half a cabbage, two eggs and some leftover rice. What can I make for {number} people?",
        "A quick okonomiyaki works well: shred the cabbage, bind it with the eggs and a little flour, and serve it with the rice fried in the same pan.",
        "No flour in the house, sadly. Would cornstarch do?",
        "Yes, use about two thirds as much cornstarch. The pancake turns out lighter and a bit crisper.",
        "That worked, thank you. Even {friend} had seconds.",
        "Lovely. Keep the core of the cabbage for soup; it sweetens the stock.",
    ),
    (
        "My sourdough starter smells like nail varnish, is it dead?",
        "It is hungry, not dead. Feed it twice a day for two days with equal weights of flour and water and the smell should turn mild again.",
        "Rye or white flour for that?",
        "Rye wakes it up faster. Once it doubles within six hours you can go back to white.",
        "How do I know it doubled if the jar is not marked?",
        "Put a rubber band at the level right after feeding. It is low-tech and hard to misread.",
    ),
    (
        "Can I freeze {dish}, or does it turn to mush?",
        "It freezes well for about two months. Cool it fully first and leave out anything creamy until you reheat it.",
        "And how long does it keep in the fridge?",
        "Three days in a closed box, four at most if your fridge is really cold.",
    ),
    (
        "I need a birthday menu for my {relative}, who eats neither meat nor garlic.",
        "Start with a beetroot salad with orange, follow with mushroom risotto made with leek instead of garlic, and end with lemon tart.",
        "The risotto scares me. I always stand there stirring while everyone waits.",
        "Cook it to two thirds in the afternoon, spread it on a tray, and finish it with hot stock in six minutes when people sit down.",
        "Oh, that is clever. Does that work with barley too?",
        "Even better, since barley forgives you if you get distracted.",
    ),
    (
        "What is the difference between baking soda and baking powder, really?",
        "Baking soda needs an acid in the batter to bubble. Baking powder brings its own acid, so it works by itself.",
        "So what happens if I swap them one to one?",
        "With soda in place of powder it tastes soapy and may collapse. Use about a third as much and add a spoonful of yoghurt or lemon.",
    ),
    (
        "My chilli oil went bitter. Which step did I ruin?",
        "Most likely the oil was too hot when it met the flakes. Let it cool to the point where a flake sizzles softly and stays red.",
        "I have no thermometer. Any trick?",
        "Dip a wooden chopstick: small steady bubbles mean you are close, a wild foam means wait three minutes.",
    ),
)

TRAVEL: tuple[tuple[str, ...], ...] = (
    (
        "Is three days in {city} enough, or should I add a fourth?",
        "Three are enough for the centre at a calm pace. The fourth pays off if you want a day outside the city.",
        "We travel with a toddler, so calm is the word.",
        "Then keep the fourth and plan one thing before noon and nothing after. Parks with water are your friends.",
        "And getting from the station with a stroller?",
        "Take the tram rather than the metro; the lifts underground are often out of order, the trams are level with the kerb.",
    ),
    (
        "my train to {city} was cancelled and the next one gets in after midnight, what are my rights",
        "In most of Europe you may choose between a refund and another route, and after long delays the operator owes you food and, if needed, a hotel.",
        "They only offered a voucher at the desk",
        "You can decline it and ask for the money in writing. Keep the ticket, a photo of the board and every receipt.",
        "ok i took photos. what do i write",
        "Two lines are enough: the train and date, that it was cancelled, the costs with receipts attached, and that you ask for repayment within a month.",
    ),
    (
        "Packing list for a week of hiking in {month}, huts every night, please keep it under seven kilos.",
        "Two shirts, one warm layer, rain jacket, light trousers, three pairs of socks, sleeping bag liner, hat, gloves, head torch, first aid, and cash for the huts.",
        "Do I need both the hat and the gloves?",
        "Above two thousand metres the mornings are cold even then, so yes. Together they weigh less than a chocolate bar.",
    ),
    (
        "How do people greet each other in Georgia, is a handshake fine?",
        "A handshake is fine on first meeting. Among friends one kiss on the cheek is common, also between men.",
        "And at the table, is there a rule about toasts?",
        "There is usually a toastmaster. Wait for the toast before you drink wine, and say a short one yourself if you are asked.",
    ),
    (
        "Our ferry is at seven and the bus lands at twenty past six. Too tight?",
        "Forty minutes is tight if you have a car, and comfortable on foot where boarding closes fifteen minutes before.",
        "On foot, one backpack each.",
        "Then you are fine unless the bus is late. Look up the bus before it, just so you know your plan B.",
    ),
)

CODE: tuple[tuple[str, ...], ...] = (
    (
        "My Python script eats 9 GB reading a CSV. It is one line:\n```python\nrows = [r for r in csv.reader(open('big.csv'))]\n```",
        "That line holds every row at once. Iterate instead:\n```python\nwith open('big.csv', newline='') as handle:\n    for row in csv.reader(handle):\n        process(row)\n```",
        "I need the average of column 4 only",
        "Then keep two numbers, a sum and a count, and divide at the end. Memory stays flat whatever the size.",
        "perfect, 40 MB now",
        "Good. If it must be faster later, read only that column with a column store.",
    ),
    (
        "git says I have diverged branches after a pull, and I do not want to lose {number} commits",
        "Nothing is lost. Run `git branch backup` first, then `git rebase origin/main`, and resolve what it asks.",
        "and if I mess up the rebase?",
        "`git rebase --abort` brings you back, and the backup branch keeps your work in any case.",
    ),
    (
        "Why does my SQL query ignore the index? `WHERE lower(email) = 'x'`",
        "The index is on the plain column, the query asks for a function of it. Create an index on `lower(email)` and it will be used.",
        "Will that slow down writes?",
        "A little, since each insert updates one more tree. For a table of users you will hardly measure it.",
        "What about a unique constraint on the lower-cased value?",
        "Make the expression index unique. That gives you both in one.",
    ),
    (
        "explain closures to me like I have written javascript for two weeks",
        "A closure is a function that remembers the variables around it at birth. When it runs later it still sees them, even if the outer function is long done.",
        "so a counter without a global?",
        "Exactly:\n```js\nconst counter = () => { let n = 0; return () => ++n; };\nconst next = counter();\nnext(); // 1\n```",
        "and two counters do not share n?",
        "Right. Each call of `counter` makes its own `n`.",
    ),
    (
        "CSS: the footer floats in the middle of short pages. Help",
        "Make the body a grid with `grid-template-rows: auto 1fr auto` and `min-height: 100vh`. The middle row takes the rest.",
        "It works but now the page scrolls by a few pixels",
        "The body still has its default margin. Set it to zero and the extra pixels go.",
    ),
    (
        "Which is better for a beginner's web app, Flask or Django?",
        "If you want users, forms and an admin page soon, take Django. If you want to see each wire yourself, take Flask.",
        "I want to learn, but I also want to finish by {month}.",
        "Then Django, and read the pages it makes for you. You learn a lot from good defaults.",
    ),
)

WORK: tuple[tuple[str, ...], ...] = (
    (
        "Draft a polite mail to {friend}: the invoice from {month} is still open and it is the third time I ask.",
        "Subject: Invoice from {month}\n\nDear {friend}, the invoice from {month} is still open. I would be glad to see it settled by Friday, or to hear what holds it up. Kind regards",
        "A bit firmer, without sounding like a lawyer.",
        "This is my third reminder. If the payment has not arrived by Friday I will pause the work until it has. I hope we can avoid that.",
        "Yes. That is the tone.",
        "Glad it fits. Send it on a weekday morning; it is more likely to be answered the same day.",
    ),
    (
        "I have a performance review on {day} and I freeze in these talks.",
        "Write down three results with a number each, one thing that went badly and what you changed, and one wish. Read it aloud twice.",
        "The thing that went badly was a launch two weeks late.",
        "Say it in one sentence, name what you learnt in a second one, and stop. Most people lose marks by explaining for five minutes.",
        "And the wish?",
        "Make it small and concrete, such as a course or one meeting fewer. It is easier to say yes to.",
    ),
    (
        "Summarise this for my boss in two lines: we tested {number} suppliers, two were cheaper, one of them was late every single time.",
        "We tested {number} suppliers. Two are cheaper than today's; one delivered late without exception, so we recommend the other.",
        "He will ask how much cheaper.",
        "Then add the percentage to the first sentence. Numbers asked for twice should stand in the first version.",
    ),
    (
        "How do I say no to a meeting without seeming difficult?",
        'Offer the outcome another way: "I cannot make it, but I will send my two points by noon." Few people mind that.',
        "And if it is the boss who invites?",
        "Ask what she needs from you there. Often the answer is a sentence, and you can write it in the reply.",
    ),
    (
        "Excel: I want the sum of column C where column A says {city}",
        'Use `=SUMIF(A:A,"{city}",C:C)`. It ignores upper and lower case.',
        "now by month as well, the dates are in B",
        "Use SUMIFS with two more conditions, B on or after the first of the month and B before the first of the next.",
        "thanks, you saved my evening",
        "Enjoy it. A pivot table does the same once the list grows.",
    ),
    (
        "what should go in a cover letter for a {job} job when i have no experience",
        "One reason you want this place and not any place, one thing you did that shows patience or care, and when you can start. Half a page.",
        "i ran the school library for two years does that count",
        "Very much. Say how many people used it and one thing you changed. That is experience by another name.",
    ),
)

SCHOOL: tuple[tuple[str, ...], ...] = (
    (
        "Can you check my reasoning: the derivative of x squared times sin x is 2x sin x + x squared cos x.",
        "Correct. You used the product rule, and both terms are right.",
        "Then why does the book say x(2 sin x + x cos x)?",
        "It is the same with x factored out. Multiply it and you get your line.",
        "ah. I spent an hour on that",
        "An hour that will save you three in the exam. Compare by putting in a number, such as x = 1.",
    ),
    (
        "Explain photosynthesis for a nine-year-old, three sentences.",
        "A leaf is a tiny kitchen. It takes in air and water, and sunlight is the stove. Out come sugar for the plant and fresh air for us.",
        "She asks why leaves are green then",
        "Because the cook uses the red and the blue light and sends the green back to your eyes.",
    ),
    (
        "I have to give a talk on {book} and I only read half of it",
        "Then speak about the half you read and say so. Pick one scene, say what it shows, and ask the class where they think it leads.",
        "My teacher will notice.",
        "Probably, and an honest half beats an invented whole. Is there time to read one more chapter tonight?",
        "One chapter, yes.",
        "Take the last one. Then you know where it all goes and can work back.",
    ),
    (
        "was the treaty of westphalia one treaty or two",
        "Two, signed on the same day in 1648 in Osnabrück and Münster.",
        "why two cities",
        "The Protestant and the Catholic parties would not sit in one town, so the talks were split.",
    ),
    (
        "How do I learn {number} irregular verbs in {language} by {day}?",
        "Group them by the vowel that changes, ten a day, and write one silly sentence for each. Test yourself in the evening, not right after.",
        "I always forget them under stress",
        "Then practise under a little stress: set a timer for two minutes and say them aloud while walking.",
    ),
)

HOME: tuple[tuple[str, ...], ...] = (
    (
        "My {pet} has started waking me at four every morning. Ideas?",
        "Feed later in the evening, play hard before bed, and do not react at four, however charming it gets. It takes about a week.",
        "A week?! I have a job.",
        "An automatic feeder set to five and then moved by ten minutes a day is the gentle version.",
        "ordering one now 😅",
        "Good luck. Hide it well; some of them learn to open the lid.",
    ),
    (
        "The radiator in my flat is hot at the top and cold below.",
        "That points to sludge or too little flow. Bleeding helps only when it is cold at the top, so tell your landlord.",
        "He says it is the weather.",
        "Write to him with the date and the room temperature over three days. Measured numbers are hard to call weather.",
    ),
    (
        "tomato leaves curling up, no insects visible",
        "Curling upwards is often heat or uneven watering. Water deeply in the morning and give some shade at noon.",
        "they are on a south balcony on the {number}th floor",
        "Then it is the wind and the heat. A bamboo screen on the railing does wonders.",
    ),
    (
        "Is it normal that a new fridge hums all night?",
        "For the first day, yes. After that it should rest about half of the time.",
        "It has been {number} days.",
        "Check that it stands level and a hand's width from the wall. If it still hums, the thermostat may be stuck, and that is a warranty case.",
    ),
    (
        "I want to repaint a wooden chair, do I have to sand all of it?",
        "Sand lightly until the shine is gone; you need not reach bare wood. Then wipe, prime, and two thin coats.",
        "And the spindles? There are {number} of them.",
        "Use a sanding sponge, it bends around. Or a liquid deglosser, with the window open.",
        "You just made my weekend both better and longer.",
        "Sit on it proudly on Sunday.",
    ),
)

LEISURE: tuple[tuple[str, ...], ...] = (
    (
        "Recommend a novel for someone who loved {book} and hates sequels.",
        "Try a short one with the same patience for small gestures: a family saga told through a single house, or letters between two sisters.",
        "Letters, yes!",
        "Then look for epistolary novels in the library's catalogue; the older ones are funnier than their covers suggest.",
    ),
    (
        "We are six people, one evening, no board games in the house. What can we play?",
        "Everyone writes ten nouns on paper slips. Round one: describe. Round two: one word. Round three: mime. Same slips in every round.",
        "Any version for people who hate miming?",
        "Replace mime by humming. It is worse and therefore better.",
    ),
    (
        "How do I start running at {number}0 without wrecking my knees?",
        "Run one minute, walk two, for twenty minutes, three times a week. Add a minute of running each week and no more.",
        "That seems too easy",
        "It should. Tendons take months where lungs take weeks; easy is how you get to spring in one piece.",
        "fine, easy it is",
        "Tell me in a month how it went.",
    ),
    (
        "i want to learn the ukulele but my fingers hurt after 5 minutes",
        "That is normal for two weeks. Play five minutes three times a day, and press right behind the fret.",
        "which song first",
        "Any with two chords, C and F. You will be surprised how many there are.",
    ),
    (
        "Help me name a {team} for the pub quiz, something with a pun.",
        '"Quizzly Bears", "Les Quizérables", "Trivial Persuit, misspelt on purpose".',
        "We are all accountants.",
        '"The Balance of Cheats", "Sum of Us Know", "Double Entry, Single Brain".',
        "Sum of Us Know. Sold 😂",
        "May your columns add up.",
    ),
    (
        "What is a good telescope under 200 for a balcony in {city}?",
        "A small reflector on a table stand. From a city you will see the moon, Jupiter's moons, Saturn's ring and double stars.",
        "No galaxies?",
        "One or two as grey smudges. For more, drive half an hour out; the dark sky does more than any mirror.",
    ),
)

MIND: tuple[tuple[str, ...], ...] = (
    (
        "I argued with my {relative} about money again and now I cannot sleep.",
        "Arguments at night feel larger than they are. Would it help to write down the one sentence you wish you had said?",
        '"I am not asking for advice, I am asking you to listen."',
        "That is a good sentence. Keep it for a quiet moment tomorrow, and tell it as a wish and not as a reply.",
        "Thank you. I think I can sleep now.",
        "Good night. It will still be a good sentence in the morning.",
    ),
    (
        "New in {city}, know nobody, evenings are long. What do people do?",
        "Things that repeat: a choir, a climbing hall, a language table. The third time you come, you know names.",
        "I am shy.",
        "Choose something where the hands are busy. Pottery and board games ask for little small talk.",
    ),
    (
        "how do you stay motivated when the thesis has {number} months left",
        "Shrink the day. One paragraph or one figure is a full day's work; whatever comes on top is a gift.",
        "my supervisor thinks otherwise",
        "Supervisors see pages, you see days. Send a page each Friday and both of you can sleep.",
    ),
    (
        "Is it weird to take a holiday alone at my age? Turning {number}5.",
        "Not at all. You eat when you are hungry and see what you came to see. The first evening is the odd one.",
        "What do I do on the first evening?",
        "A market or a cinema: places where nobody wonders why you are by yourself.",
    ),
)

THREADS: tuple[tuple[str, ...], ...] = (*KITCHEN, *TRAVEL, *CODE, *WORK, *SCHOOL, *HOME, *LEISURE, *MIND)
