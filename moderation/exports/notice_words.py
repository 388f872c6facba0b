"""What a notice says, in each language that one can be given in: the only place of its wording.

A language is one `Wording`. Its `template` goes up with any change of a word: an issued notice says in which wording somebody was given it.
Codes and counts are the same in all. The clause is named as `DSA_CLAUSE` has it, whatever the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moderation.exports.dsa_fields import CRISIS, FACTS, JUDGED, UNJUDGED, WARNED
from moderation.exports.dsa_table import BROKE
from moderation.states import Outcome

OTHERWISE = "en"
"""The language of a notice where the conversation's has no wording."""


@dataclass(frozen=True, slots=True)
class FactWords:
    """How the facts are put: a sentence with places for counts, what fills them, and what a verdict is called."""

    sentence: str
    warned: Mapping[bool, str]
    crisis: Mapping[bool, str]
    judged: str
    unjudged: str
    outcomes: Mapping[Outcome, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """A notice in one language: its code and own name, the revision, the five headings of Article 17(3), and the sentences below them."""

    language: str
    name: str
    template: str
    headings: tuple[str, str, str, str, str]
    corrected: str
    restriction: str
    facts: FactWords
    source: str
    automated: str
    broke: str
    redress: str


ENGLISH = Wording(
    language="en",
    name="English",
    template="en-1",
    headings=("What was restricted", "The facts", "Automated means", "The rule it rests on", "What you can do"),
    corrected="Since then a person has read this conversation and found that ending it was not right. It counts as a mistake of ours.",
    restriction=(
        "On {day} this conversation was ended: it takes no new message. Earlier messages stay readable and your account is not "
        "touched. You may start a new conversation at once, or edit an earlier message and go on from there. The end has no date on "
        "which it lapses. It holds in {where}."
    ),
    facts=FactWords(FACTS, WARNED, CRISIS, JUDGED, UNJUDGED, {one: one.label.lower() for one in Outcome}),
    source="We acted on our own initiative; nobody had notified us.",
    automated="An AI model took part in the conversation, noticed this and ended it: finding and decision were fully automated.",
    broke=BROKE,
    redress=(
        "You may have it decided again, free of charge, for at least six months: send an appeal where you had the conversation. A "
        "person who had no part in it decides, not a machine alone. You may also turn to an out-of-court dispute settlement body that "
        "is certified under Article 21 of the Digital Services Act, and to a court."
    ),
)
GERMAN = Wording(
    language="de",
    name="Deutsch",
    template="de-1",
    headings=(
        "Was eingeschränkt wurde",
        "Der Sachverhalt",
        "Automatisierte Mittel",
        "Die maßgebliche Regel",
        "Was Sie tun können",
    ),
    corrected=(
        "Inzwischen hat ein Mensch dieses Gespräch gelesen und festgestellt, dass es nicht richtig war, es zu beenden. Das gilt als "
        "unser Fehler."
    ),
    restriction=(
        "Am {day} wurde dieses Gespräch beendet: Es nimmt keine neue Nachricht an. Frühere Nachrichten bleiben lesbar, und Ihr Konto "
        "ist nicht betroffen. Sie können sofort ein neues Gespräch beginnen oder eine frühere Nachricht bearbeiten und von dort aus "
        "weitermachen. Das Ende ist unbefristet. Es gilt in {where}."
    ),
    facts=FactWords(
        sentence=(
            "Code des Endes: {reason}. {harmful} schädliche Beiträge des Nutzers nach {turned_down} Ablehnungen oder Umlenkungen; "
            "{warned} ausdrückliche Warnung vor dem Ende; beendet in Beitrag {at_turn} von {turns}. {crisis} {outcome}"
        ),
        warned={True: "eine", False: "keine"},
        crisis={True: "Im Nachhinein wurde ein Anzeichen einer Krise gefunden.", False: "Es wurde kein Anzeichen einer Krise gefunden."},
        judged="Im Nachhinein nach Fassung {version} der Regeln beurteilt: {outcome}.",
        unjudged="Im Nachhinein noch nicht beurteilt.",
        outcomes={
            Outcome.JUSTIFIED: "gerechtfertigt",
            Outcome.UNCLEAR: "unklar",
            Outcome.CRISIS: "in einer Krise beendet",
            Outcome.INELIGIBLE: "nicht zulässig",
            Outcome.UNCONFIRMED: "Wunsch nicht bestätigt",
            Outcome.UNWARRANTED: "ohne Anlass",
            Outcome.PREMATURE: "verfrüht",
        },
    ),
    source="Wir haben von uns aus gehandelt; niemand hatte uns etwas gemeldet.",
    automated=(
        "Ein KI-Modell hat an dem Gespräch teilgenommen, dies bemerkt und es beendet: Feststellung und Entscheidung waren vollständig "
        "automatisiert."
    ),
    broke=(
        "Das Modell nahm an, dass der Nutzer nach Ablehnungen, Umlenkungen und einer Warnung weitergemacht hat; das erlaubt die Klausel "
        "nicht."
    ),
    redress=(
        "Sie können mindestens sechs Monate lang kostenlos verlangen, dass neu entschieden wird: Legen Sie dort Beschwerde ein, wo Sie "
        "das Gespräch geführt haben. Es entscheidet ein Mensch, der daran keinen Anteil hatte, nicht allein eine Maschine. Sie können "
        "sich auch an eine nach Artikel 21 des Gesetzes über digitale Dienste zertifizierte außergerichtliche Streitbeilegungsstelle "
        "und an ein Gericht wenden."
    ),
)
FRENCH = Wording(
    language="fr",
    name="Français",
    template="fr-1",
    headings=("Ce qui a été restreint", "Les faits", "Moyens automatisés", "La règle applicable", "Ce que vous pouvez faire"),
    corrected=(
        "Depuis, une personne a lu cette conversation et a constaté qu'il n'était pas juste d'y mettre fin. Cela compte comme une "
        "erreur de notre part."
    ),
    restriction=(
        "Le {day}, il a été mis fin à cette conversation\u00a0: elle n'accepte plus de nouveau message. Les messages antérieurs "
        "restent lisibles et votre compte n'est pas touché. Vous pouvez commencer aussitôt une nouvelle conversation, ou modifier un "
        "message antérieur et reprendre à partir de là. La fin n'a pas de date d'expiration. Elle vaut dans les pays suivants\u00a0: "
        "{where}."
    ),
    facts=FactWords(
        sentence=(
            "Code de la fin\u00a0: {reason}. {harmful} messages préjudiciables de l'utilisateur après {turned_down} refus ou "
            "réorientations\u00a0; {warned} avertissement explicite avant la fin\u00a0; fin au message {at_turn} sur {turns}. {crisis} "
            "{outcome}"
        ),
        warned={True: "un", False: "aucun"},
        crisis={True: "Un signe de crise a été constaté après coup.", False: "Aucun signe de crise n'a été constaté."},
        judged="Jugé après coup selon la version {version} des règles\u00a0: {outcome}.",
        unjudged="Pas encore jugé après coup.",
        outcomes={
            Outcome.JUSTIFIED: "justifié",
            Outcome.UNCLEAR: "incertain",
            Outcome.CRISIS: "fin pendant une crise",
            Outcome.INELIGIBLE: "non admissible",
            Outcome.UNCONFIRMED: "demande non confirmée",
            Outcome.UNWARRANTED: "sans motif",
            Outcome.PREMATURE: "prématuré",
        },
    ),
    source="Nous avons agi de notre propre initiative\u00a0; personne ne nous avait adressé de notification.",
    automated=(
        "Un modèle d'IA a pris part à la conversation, l'a constaté et y a mis fin\u00a0: la constatation et la décision étaient "
        "entièrement automatisées."
    ),
    broke=(
        "Le modèle a estimé que l'utilisateur avait continué après des refus, des réorientations et un avertissement, ce que la clause "
        "ne permet pas."
    ),
    redress=(
        "Vous pouvez demander gratuitement, pendant six mois au moins, qu'il soit décidé à nouveau\u00a0: introduisez une réclamation "
        "là où vous avez eu la conversation. La décision est prise par une personne qui n'y a eu aucune part, et non par une machine "
        "seule. Vous pouvez aussi vous adresser à un organe de règlement extrajudiciaire des litiges certifié au titre de l'article 21 "
        "du règlement sur les services numériques, ainsi qu'à un tribunal."
    ),
)
WORDINGS: Mapping[str, Wording] = {one.language: one for one in (ENGLISH, GERMAN, FRENCH)}


def wording(language: str) -> Wording:
    """Return the wording of a language such as `de`, English where there is none."""
    return WORDINGS.get(language, WORDINGS[OTHERWISE])
