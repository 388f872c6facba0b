"""Pure: the plainest words of danger in other languages, so that no cry for help passes unread for want of English.

Nothing else is read in these languages. Stems are found anywhere in folded text; where a language needs two words they may stand up to
three words apart. In doubt a sign counts: somebody who speaks the language will read it.
"""

# ruff: noqa: E501  # a pattern is read as one line
from __future__ import annotations

import re
import unicodedata

CODES = "ar cs da de el es fi fr he hi hu id it ja ko nl no pl pt ro ru sv tr uk vi zh"
LANGUAGES = frozenset(CODES.split())
"""The languages (ISO 639-1) whose words of danger are listed."""

_W = r"\W+(?:\w+\W+){0,3}?"

_SELF = (
    r"suizid|selbstmord|selbsttot|mich"
    + _W
    + r"(?:umbringen|toten|erhangen|aufhangen|ritzen|verletzen)|bring\w* mich um|nicht mehr leben|will"
    + _W
    + r"sterben|mein leben beenden|leben nehmen|tot sein|nicht mehr da sein",
    r"suicid|me tuer|mettre fin a (?:mes jours|ma vie)|(?:veux|voudrais|envie de|vais)"
    + _W
    + r"(?:mourir|crever)|me pendre|me mutil|plus envie de vivre|en finir",
    r"suicid|matarme|(?:me )?(?:quiero|voy a|deseo|ganas de)"
    + _W
    + r"(?:morir|matar)(?:me)?|me (?:voy a|quiero) matar|quitarme la vida|no quiero (?:seguir )?viv|acabar con (?:mi vida|todo)|cortarme|hacerme dano|estar muert[ao]",
    r"me matar|(?:quero|vou|vontade de)"
    + _W
    + r"morrer|tirar (?:a )?minha vida|acabar com (?:a )?minha vida|nao quero (?:mais )?viver|me cortar|me enforcar",
    r"ammazzarmi|uccidermi|(?:voglio|vorrei|voglia di)"
    + _W
    + r"morire|togliermi la vita|farla finita|non voglio (?:piu )?vivere|tagliarmi|impiccarmi",
    r"zelfmoord|zelfdoding|mezelf" + _W + r"(?:kant|doden|iets aan|snijden)|(?:wil|wou)" + _W + r"(?:dood|sterven)|niet meer leven",
    r"samoboj|zabic sie|zabije sie|(?:chce|chcialbym|chcialabym)" + _W + r"umrzec|nie chce (?:juz )?zyc|odebrac sobie zycie|pociac sie",
    r"sebevra|zabit se|zabiju se|chci" + _W + r"(?:umrit|zemrit)|nechci" + _W + r"zit",
    r"самоуб|суицид|покончить с собой|убить себя|убью себя|повес(?:ить|люсь)|хочу"
    + _W
    + r"умереть|не хочу (?:больше )?жить|порезать вены|самогуб|вбити себе|хочу"
    + _W
    + r"померти|не хочу"
    + _W
    + r"жити",
    r"自杀|自殺|自尽|想死|不想活|结束生命|結束生命|结束自己|割腕|轻生|輕生|死にたい|消えたい|自傷|リストカット|生きていたくない|命を絶|자살|죽고 ?싶|죽어버리|살고 ?싶지|자해|목숨을 끊",
    r"tu tu|tu sat|(?:muon|se)"
    + _W
    + r"chet|khong muon song|intihar|kendimi"
    + _W
    + r"(?:oldur|as)|olmek istiyorum|yasamak istemiyorum|canima kiy",
    r"انتحر|انتحار|اقتل نفسي|أقتل نفسي|اريد ان اموت|أريد أن أموت|لا اريد ان اعيش|להתאבד|התאבד|להרוג את עצמי|רוצה למות|לא רוצה לחיות|आत्महत्या|मरना चाहत|खुदकुशी|जीना नहीं चाहत",
    r"bunuh diri|(?:ingin|mau)"
    + _W
    + r"mati|sjalvmord|selvmord|(?:ta livet av|drap?a?b?e?r?) m(?:ig|eg)|(?:vill|vil)"
    + _W
    + r"do(?=\W|$)|itsemurha|tappaa itse|haluan kuolla|ongyilk|megol\w* magam|meg akarok halni|sinucid|vreau sa mor|ma omor|αυτοκτον|να πεθανω|να σκοτωθω",
)
_OTHERS = (
    r"(?:ich )?(?:werde|will)"
    + _W
    + r"(?:umbringen|toten|erschiessen|erstechen|abstechen)|bring\w* (?:ihn|sie|dich|alle|euch|meine\w*) \w* ?um",
    r"(?:vais|veux) (?:le |la |les |te |vous )?(?:\w+ )?(?:tuer|poignarder|abattre)|(?:voy a|quiero) (?:matar|apunalar|disparar)|(?:lo|la|los|te) voy a matar|vou (?:mata|esfaque)\w*|(?:lo|la|li|ti) (?:ammazzo|uccido|ammazzero|uccidero)",
    r"убью (?!себя)|зарежу|застрелю|взорву|вб'ю|zabije (?!sie)|zabiju (?!se)|(?:ga|wil) (?:hem|haar|ze|hen|je|jullie) (?:\w+ )?(?:vermoord|neerschiet|neersteek|doodsteek|vermoorden)",
    r"杀了(?:他|她|你|他们|我老)|杀死(?:他|她|你)|殺してやる|殺すぞ|죽여버리|죽일 ?거|onu oldurecegim|oldurecegim|سأقتل|אני אהרוג|मार डालू|giet (?:no|may|han|co ta)|akan membunuh",
)
SELF = re.compile("|".join(_SELF))
OTHERS = re.compile("|".join(_OTHERS))


def folded(text: str) -> str:
    """Return a text in lower case without the marks over letters, except in scripts where they are part of the letter."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("đ", "d").replace("ł", "l").replace("ø", "o").replace("ı", "i"))
    latin = "".join(character for character in plain if not "\u0300" <= character <= "\u036f")
    return unicodedata.normalize("NFC", latin)
