"""Queries with known answers over WordNet's nouns, made of data that two Debian packages ship.

Documents: noun synsets of WordNet 3.0 (wordnet-base), "words: gloss". Queries:

  names         a noun of WordNet; the answers are the synsets that it stands in
  definitions   what Webster's dictionary of 1913 (dict-gcide) says of a noun that has one synset in WordNet;
                the answer is that synset. Definitions that hold the noun itself are left out, so that only
                wording and meaning lead there. Short ones have 3 to 7 words, long ones 8 to 20.

Everything random comes from one seed.
"""

from __future__ import annotations

import gzip
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

WORDNET = Path("/usr/share/wordnet/data.noun")
WEBSTER = Path("/usr/share/dictd/gcide.dict.dz")
SHORT, LONG = (3, 7), (8, 20)
HEAD = re.compile(r"^([A-Z][a-z]{3,}) \\[^\\]+\\,? n\.")
DEFINITION = re.compile(
    r"(?: 1\. |\] (?=[A-Z])|, n\. (?=[A-Z])|\) (?=[A-Z]))([A-Z][a-z][^.;:{}\[\]()\\]+)[.;:]"
)
WORD = re.compile(r"[A-Za-z]+")
TYPED_CHARS_MIN = 4  # shorter words are typed right


@dataclass
class Query:
    kind: str
    text: str
    relevant: set[int] = field(default_factory=set)


@dataclass
class Synset:
    words: list[str]
    gloss: str

    @property
    def text(self) -> str:
        return f"{', '.join(self.words)}: {self.gloss}"


def read_synsets() -> list[Synset]:
    synsets = []
    with WORDNET.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("  "):
                continue
            fields, _, gloss = line.partition(" | ")
            columns = fields.split(" ")
            words = [columns[4 + 2 * i].replace("_", " ") for i in range(int(columns[3], 16))]
            synsets.append(Synset(words, gloss.split('; "')[0].strip()))
    return synsets


def paragraphs(entry: list[str]) -> list[str]:
    """Blocks of an entry, those of Webster's own only; each ends with its source in brackets."""
    blocks = re.split(r"\n\s*\n", "\n".join(entry))
    return [
        re.sub(r"\s+", " ", block.replace("[1913 Webster]", "")).strip()
        for block in blocks
        if "[1913 Webster]" in block
    ]


def definition_of(entry: list[str]) -> str | None:
    """The first sense up to its first stop; None where it cannot be told from the rest."""
    blocks = paragraphs(entry)
    if not blocks:
        return None
    found = DEFINITION.search(blocks[0])
    return found[1].strip() if found else None


def read_webster() -> dict[str, str]:
    """Noun to definition."""
    definitions: dict[str, str] = {}
    entry: list[str] = []
    with gzip.open(WEBSTER, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line[:1].isalpha() and "\\" in line:
                keep(entry, definitions)
                entry = []
            entry.append(line.rstrip("\n"))
    keep(entry, definitions)
    return definitions


def keep(entry: list[str], definitions: dict[str, str]) -> None:
    head = HEAD.match(entry[0]) if entry else None
    if head is None or head[1].lower() in definitions:
        return
    definition = definition_of(entry)
    if definition:
        definitions[head[1].lower()] = definition


def judged(documents: int, queries: int, seed: int) -> tuple[list[Synset], list[Query]]:
    """So many documents, and so many queries of each kind."""
    dice = random.Random(seed)
    synsets = read_synsets()
    places: dict[str, list[int]] = {}
    for number, synset in enumerate(synsets):
        for word in synset.words:
            places.setdefault(word.lower(), []).append(number)
    chosen: list[tuple[str, str, list[int]]] = []
    described = []
    for noun, definition in sorted(read_webster().items()):
        words = WORD.findall(definition.lower())
        if len(places.get(noun, [])) == 1 and not any(word.startswith(noun[:5]) for word in words):
            described.append((noun, definition, len(words)))
    for kind, (least, most) in (("short definition", SHORT), ("long definition", LONG)):
        fits = [(noun, text) for noun, text, count in described if least <= count <= most]
        chosen += [(kind, text, places[noun]) for noun, text in dice.sample(fits, queries)]
    nouns = sorted(word for word in places if word.isalpha() and len(word) >= TYPED_CHARS_MIN)
    chosen += [("name", noun, places[noun]) for noun in dice.sample(nouns, queries)]

    wanted = {number for _, _, numbers in chosen for number in numbers}
    others = dice.sample([n for n in range(len(synsets)) if n not in wanted], documents - len(wanted))
    kept = sorted(wanted | set(others))
    ids = {number: index for index, number in enumerate(kept)}
    found = []
    for kind, text, numbers in chosen:
        relevant = {ids[number] for number in numbers}
        if kind == "name":
            relevant = {i for i, n in enumerate(kept) if text in (w.lower() for w in synsets[n].words)}
        found.append(Query(kind, text, relevant))
    return [synsets[number] for number in kept], found


def mistyped(text: str, typos: int, dice: random.Random) -> str:
    """So many letters inserted, left out, replaced or swapped with the next, each in another word while
    there is one. The first letter of a word stays."""
    words = [match.span() for match in WORD.finditer(text) if len(match[0]) >= TYPED_CHARS_MIN]
    if not words:
        return text
    dice.shuffle(words)
    for begin, end in sorted((words[i % len(words)] for i in range(typos)), reverse=True):
        before = text
        while text in (before, before.lower()):
            text = one_typo(before, dice.randrange(begin + 1, end - 1), dice)
    return text


def one_typo(text: str, at: int, dice: random.Random) -> str:
    letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
    return dice.choice(
        (
            text[:at] + letter + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
        )
    )
