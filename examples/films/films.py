"""The sample data: 17,472 films of the years 1940 to 2014, from the package bokeh-sampledata (facts of
Wikidata, CC0)."""

from __future__ import annotations

import importlib.util
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Column -> attribute of the row; lists are comma-separated in the source.
SCALARS = {
    "Title": "title",
    "Year": "year",
    "Rating": "mpaa",
    "Runtime": "runtime_min",
    "Released": "released",
    "Metacritic": "metacritic",
    "Meter": "critics_score",
    "BoxOffice": "box_office",
    "Oscars": "oscars",
}
LISTS = {
    "Genre": "genres",
    "Director": "directors",
    "Writer": "writers",
    "Cast": "cast",
    "Country": "countries",
    "Language": "languages",
}

SCHEMA: dict[str, Any] = {
    "title": {
        "type": "string",
        "filterable": True,
        "full_text_search": {"ascii_folding": True},
        "fuzzy": True,
    },
    "description": {"type": "string", "full_text_search": {"stemming": True}},
    "cast": {"type": "[]string", "filterable": True, "full_text_search": {"ascii_folding": True}},
    "year": "int",
    "released": "datetime",
    "runtime_min": "int",
    "metacritic": "int",
    "critics_score": "int",
    "oscars": "int",
    "box_office": "float",
    "mpaa": "string",
    "genres": "[]string",
    "directors": "[]string",
    "writers": "[]string",
    "countries": "[]string",
    "languages": "[]string",
}


@dataclass
class Film:
    id: int
    attributes: dict[str, Any]

    @property
    def text(self) -> str:
        """What is embedded: title and description without the cast, which says little about the film."""
        return f"{self.attributes['title']}. {self.attributes['description'].partition(' with ')[0]}"


def describe(film: dict[str, Any]) -> str:
    """A sentence of what is known: the text that full-text search and the embedding see."""
    genres = ", ".join(film.get("genres", [])[:4]).lower()
    words = [f"A {genres} film" if genres else "A film"]
    if countries := film.get("countries"):
        words.append("from " + ", ".join(countries[:2]))
    words.append(f"of {film['year']}")
    if directors := film.get("directors"):
        words.append("directed by " + ", ".join(directors[:2]))
    if cast := film.get("cast"):
        words.append("with " + ", ".join(cast[:3]))
    return " ".join(words) + "."


def database() -> Path:
    """The SQLite file inside the installed package."""
    spec = importlib.util.find_spec("bokeh_sampledata")
    if spec is None or spec.origin is None:
        raise SystemExit("install examples/films/requirements.txt first")
    return Path(spec.origin).parent / "_data" / "movies.db"


def read_films() -> list[Film]:
    source = sqlite3.connect(database())
    source.row_factory = sqlite3.Row
    theirs = {"Meter", "BoxOffice"}  # columns of the table tomatoes
    wanted = ", ".join(f'{"t" if name in theirs else "o"}."{name}"' for name in [*SCALARS, *LISTS])
    query = f'SELECT o."ID", {wanted} FROM omdb o JOIN tomatoes t USING (ID)'
    films = []
    for record in source.execute(f"{query} ORDER BY o.ID"):
        film: dict[str, Any] = {}
        for column, name in SCALARS.items():
            value = record[column]
            if value is not None and value != "":
                film[name] = int(value) if SCHEMA[name] == "int" else value
        for column, name in LISTS.items():
            if record[column]:
                film[name] = [part.strip() for part in record[column].split(",")]
        film["description"] = describe(film)
        films.append(Film(record["ID"], film))
    return films
