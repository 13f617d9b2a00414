"""Words that mean one thing in the three languages, and words that a name is found without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arenapulse.search.folding import words

# A line for a thing: English, German, Spanish, and what else people type.
_GROUPS: Final = (
    "kick-off, kickoff, anpfiff, anstoß, saque inicial",
    "match, game, fixture, spiel, partie, partido, encuentro",
    "football, soccer, fußball, fútbol",
    "handball, balonmano",
    "basketball, baloncesto, hoops",
    "volleyball, voleibol",
    "ice hockey, eishockey, hockey sobre hielo",
    "swimming, schwimmen, natación",
    "athletics, leichtathletik, atletismo, track and field",
    "cycling, radsport, radrennen, ciclismo",
    "boxing, boxen, boxeo",
    "tennis, tenis",
    "motocross, motocrós",
    "concert, gig, konzert, concierto",
    "show, vorstellung, espectáculo, aufführung",
    "music, musik, música",
    "orchestra, orchester, orquesta, philharmonic, philharmonie",
    "opera, oper, ópera",
    "choir, chor, coro",
    "theatre, theater, teatro",
    "comedy, komödie, comedia, stand-up",
    "circus, zirkus, circo",
    "ballet, ballett",
    "dance, tanz, danza, baile",
    "festival, fest, fiesta",
    "fair, messe, feria",
    "derby, derbi, clásico, clasico, stadtderby",
    "final, finale, endspiel",
    "semi-final, semifinal, halbfinale",
    "quarter-final, viertelfinale, cuartos de final",
    "friendly, freundschaftsspiel, testspiel, amistoso",
    "cup, pokal, copa, trophy",
    "league, liga",
    "championship, meisterschaft, campeonato",
    "opening, eröffnung, inauguración, apertura",
    "season, saison, spielzeit, temporada",
    "tour, tournee, gira",
    "night, nacht, noche",
    "evening, abend, tarde",
    "summer, sommer, verano",
    "winter, invierno",
    "spring, frühling, primavera",
    "autumn, fall, herbst, otoño",
    "christmas, xmas, weihnachten, navidad",
    "new year, silvester, neujahr, año nuevo, nochevieja",
    "easter, ostern, pascua",
    "children, kids, kinder, niños",
    "family, familie, familia",
    "women, ladies, frauen, damen, femenino, mujeres",
    "men, herren, männer, masculino, hombres",
    "youth, jugend, juvenil, junior",
    "stadium, stadion, estadio, arena, ground",
    "hall, halle, sala, pabellón",
    "park, parque",
    "open air, openair, freiluft, aire libre",
    "parking, parkplatz, parkplätze, car park, aparcamiento, estacionamiento",
    "wheelchair, rollstuhl, silla de ruedas",
    "accessible, barrierefrei, accesible, step-free",
    "food, essen, gastronomie, comida, catering",
    "ticket, tickets, karte, karten, eintrittskarte, entrada, entradas, boleto",
    "munich, münchen, múnich",
    "cologne, köln, colonia",
    "vienna, wien, viena",
    "nuremberg, nürnberg",
    "seville, sevilla",
    "zurich, zürich, zúrich",
    "geneva, genf, genève, ginebra",
    "london, londres",
    "lisbon, lisboa, lissabon",
    "milan, mailand, milano, milán",
    "united, utd",
    "versus, vs, gegen, contra",
)
# Names of clubs are found with and without them.
_CLUBS: Final = (
    "fc cf afc sc sv vfb vfl tsv tsg fsv ssv bsc rcd ud cd ac as ss us sd ca cp bk if ik hc ec kc"
)
_SMALL: Final = (
    "the a an of at in on and or for to with by from vs v versus "
    "der die das den dem ein eine und oder im am in an von zu zum zur mit fur bei gegen "
    "el la los las un una y o de del en con por para al contra"
)
OPTIONAL: Final = frozenset(f"{_CLUBS} {_SMALL}".split())
PHRASE_WORDS_MAX: Final = 4


def _read() -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, ...], str]]:
    groups: dict[str, tuple[str, ...]] = {}
    phrases: dict[tuple[str, ...], str] = {}
    for line in _GROUPS:
        members: dict[str, None] = {}
        for member in line.split(","):
            parts = tuple(word.text for word in words(member))
            assert 0 < len(parts) <= PHRASE_WORDS_MAX
            members["".join(parts)] = None
            if len(parts) > 1:
                phrases[parts] = "".join(parts)
        for member in members:
            groups[member] = tuple(dict.fromkeys((*groups.get(member, ()), *members)))
    return groups, phrases


_MADE: Final = _read()
GROUPS: Final[Mapping[str, tuple[str, ...]]] = _MADE[0]
"""By folded word, blanks left out, all words of its line."""
PHRASES: Final[Mapping[tuple[str, ...], str]] = _MADE[1]
"""Several words that are one: they stand in the index as one too."""
