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
    """A notice in one language: its code and own name, the revision, the five headings of Article 17(3), and the sentences below them.

    `dates` are two formats of Django's: of the first of a month, and of any other day.
    """

    language: str
    name: str
    template: str
    dates: tuple[str, str]
    headings: tuple[str, str, str, str, str]
    corrected: str
    restriction: str
    union: str
    facts: FactWords
    source: str
    automated: str
    broke: str
    redress: str


ENGLISH = Wording(
    language="en",
    name="English",
    template="en-2",
    dates=("j F Y", "j F Y"),
    headings=("What was restricted", "The facts", "Automated means", "The rule it rests on", "What you can do"),
    corrected="Since then a person has read this conversation and found that ending it was not right. It counts as a mistake of ours.",
    restriction=(
        "On {day} this conversation was ended: it takes no new messages. Earlier messages stay readable and your account is not "
        "affected. You may start a new conversation at once, or edit an earlier message and go on from there. The end has no date on "
        "which it lapses. It holds in {where}."
    ),
    union="all member states of the European Union",
    facts=FactWords(FACTS, WARNED, CRISIS, JUDGED, UNJUDGED, {one: one.label.lower() for one in Outcome}),
    source="We acted on our own initiative; nobody had notified us.",
    automated="An AI model that took part in the conversation found this and ended it: finding and decision were fully automated.",
    broke=BROKE,
    redress=(
        "You may have it decided again, free of charge, for at least six months: send an appeal where you had the conversation. A "
        "person who had no part in the decision decides, not a machine alone. You may also turn to an out-of-court dispute settlement "
        "body that is certified under Article 21 of the Digital Services Act, and to a court."
    ),
)
GERMAN = Wording(
    language="de",
    name="Deutsch",
    template="de-2",
    dates=("j. F Y", "j. F Y"),
    headings=(
        "Was eingeschränkt wurde",
        "Der Sachverhalt",
        "Automatisierte Mittel",
        "Die maßgebliche Regel",
        "Was Sie tun können",
    ),
    corrected=(
        "Inzwischen hat ein Mensch dieses Gespräch gelesen und festgestellt, dass es nicht richtig war, es zu beenden. Wir werten das "
        "als unseren Fehler."
    ),
    restriction=(
        "Am {day} wurde dieses Gespräch beendet: Es nimmt keine neuen Nachrichten mehr an. Frühere Nachrichten bleiben lesbar, und Ihr "
        "Konto ist nicht betroffen. Sie können sofort ein neues Gespräch beginnen oder eine frühere Nachricht bearbeiten und von dort "
        "aus weitermachen. Die Beendigung ist unbefristet. Ihr räumlicher Geltungsbereich: {where}."
    ),
    union="alle Mitgliedstaaten der Europäischen Union",
    facts=FactWords(
        sentence=(
            "Grund der Beendigung (Code): {reason}. Schädliche Beiträge von Ihnen: {harmful}; Ablehnungen oder Umlenkungen davor: "
            "{turned_down}; ausdrückliche Warnung vor dem Ende: {warned}; beendet in Beitrag {at_turn} von {turns}. {crisis} {outcome}"
        ),
        warned={True: "ja", False: "nein"},
        crisis={
            True: "Im Nachhinein wurde ein Anzeichen für eine Krise festgestellt.",
            False: "Ein Anzeichen für eine Krise wurde nicht festgestellt.",
        },
        judged="Im Nachhinein nach Fassung {version} der Regeln beurteilt: {outcome}.",
        unjudged="Eine nachträgliche Beurteilung steht noch aus.",
        outcomes={
            Outcome.JUSTIFIED: "gerechtfertigt",
            Outcome.UNCLEAR: "unklar",
            Outcome.CRISIS: "während einer Krise beendet",
            Outcome.INELIGIBLE: "nicht zulässig",
            Outcome.UNCONFIRMED: "Wunsch nicht bestätigt",
            Outcome.UNWARRANTED: "ohne Anlass",
            Outcome.PREMATURE: "verfrüht",
        },
    ),
    source="Wir haben auf eigene Initiative gehandelt; eine Meldung lag uns nicht vor.",
    automated=(
        "Ein KI-Modell, das an dem Gespräch teilnahm, hat dies festgestellt und das Gespräch beendet: Feststellung und Entscheidung "
        "erfolgten vollständig automatisiert."
    ),
    broke=(
        "Das Modell ging davon aus, dass Sie nach Ablehnungen, Umlenkungen und einer Warnung weitergemacht haben; das lässt die Klausel "
        "nicht zu."
    ),
    redress=(
        "Sie können mindestens sechs Monate lang kostenlos verlangen, dass neu entschieden wird: Legen Sie dort Beschwerde ein, wo Sie "
        "das Gespräch geführt haben. Es entscheidet ein Mensch, der an der Entscheidung nicht beteiligt war, und nicht allein eine "
        "Maschine. Sie können sich auch an eine nach Artikel 21 des Gesetzes über digitale Dienste zertifizierte außergerichtliche "
        "Streitbeilegungsstelle und an ein Gericht wenden."
    ),
)
FRENCH = Wording(
    language="fr",
    name="Français",
    template="fr-2",
    dates=("j\\e\\r F Y", "j F Y"),
    headings=("Ce qui a été restreint", "Les faits", "Moyens automatisés", "La règle applicable", "Ce que vous pouvez faire"),
    corrected=(
        "Depuis, une personne a lu cette conversation et a constaté qu'il n'y avait pas lieu d'y mettre fin. Nous considérons cela "
        "comme une erreur de notre part."
    ),
    restriction=(
        "Le {day}, il a été mis fin à cette conversation\u00a0: elle n'accepte plus de nouveaux messages. Les messages antérieurs "
        "restent lisibles et votre compte n'est pas concerné. Vous pouvez immédiatement commencer une nouvelle conversation, ou modifier "
        "un message antérieur et reprendre à partir de là. Cette mesure n'est pas limitée dans le temps. Son champ d'application "
        "territorial\u00a0: {where}."
    ),
    union="tous les États membres de l'Union européenne",
    facts=FactWords(
        sentence=(
            "Motif de la fin (code)\u00a0: {reason}. Messages préjudiciables de votre part\u00a0: {harmful}\u00a0; refus ou réorientations "
            "qui les ont précédés\u00a0: {turned_down}\u00a0; avertissement explicite avant la fin\u00a0: {warned}\u00a0; fin au message "
            "{at_turn} sur {turns}. {crisis} {outcome}"
        ),
        warned={True: "oui", False: "non"},
        crisis={True: "Un signe de crise a été constaté après coup.", False: "Aucun signe de crise n'a été constaté."},
        judged="Appréciation après coup, selon la version {version} des règles\u00a0: {outcome}.",
        unjudged="L'appréciation après coup n'a pas encore eu lieu.",
        outcomes={
            Outcome.JUSTIFIED: "fin justifiée",
            Outcome.UNCLEAR: "incertaine",
            Outcome.CRISIS: "fin pendant une crise",
            Outcome.INELIGIBLE: "fin non admissible",
            Outcome.UNCONFIRMED: "demande non confirmée",
            Outcome.UNWARRANTED: "fin sans motif",
            Outcome.PREMATURE: "fin prématurée",
        },
    ),
    source="Nous avons agi de notre propre initiative\u00a0; aucune notification ne nous avait été adressée.",
    automated=(
        "Un modèle d'IA qui prenait part à la conversation a fait ce constat et y a mis fin\u00a0: le constat et la décision ont été "
        "entièrement automatisés."
    ),
    broke=(
        "Le modèle a estimé que vous aviez continué après des refus, des réorientations et un avertissement, ce que la clause ne permet "
        "pas."
    ),
    redress=(
        "Vous pouvez demander gratuitement, pendant au moins six mois, que la décision soit réexaminée\u00a0: introduisez une "
        "réclamation là où la conversation a eu lieu. Une personne qui n'a pas participé à la décision se prononce, et non une machine "
        "seule. Vous pouvez aussi vous adresser à un organe de règlement extrajudiciaire des litiges certifié au titre de l'article 21 "
        "du règlement sur les services numériques, ainsi qu'à un tribunal."
    ),
)
WORDINGS: Mapping[str, Wording] = {one.language: one for one in (ENGLISH, GERMAN, FRENCH)}


def wording(language: str) -> Wording:
    """Return the wording of a language such as `de`, English where there is none."""
    return WORDINGS.get(language, WORDINGS[OTHERWISE])
