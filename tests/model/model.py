"""A naive store: rows in a dictionary, every query a scan. Small enough to be seen to be right.

It knows one fixed schema (ATTRIBUTES) and the part of the wire that the random operations of
operations.py use; text is split at spaces (the generator writes lower-case words only).
"""

from __future__ import annotations

import copy
import math
from collections import Counter
from typing import Any

Row = dict[str, Any]
Filter = Any

# name -> (type, element type of arrays or None)
ATTRIBUTES: dict[str, str] = {
    "n": "int",
    "f": "float",
    "s": "string",
    "b": "bool",
    "tags": "[]string",
    "nums": "[]int",
    "text": "string",
}
DIMS = 8
K1, B, K3 = 1.2, 0.75, 8.0


class Model:
    """One namespace. `rows` maps id to attributes; null is absence."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}

    def clone(self) -> Model:
        other = Model()
        other.rows = copy.deepcopy(self.rows)
        return other

    # Writes: each returns (upserted, patched, deleted)

    def write(self, body: dict[str, Any]) -> dict[str, int]:
        counts: dict[str, int] = {}
        if (filters := body.get("delete_by_filter")) is not None:
            doomed = [key for key, row in self.rows.items() if matches(filters, key, row)]
            for key in doomed:
                del self.rows[key]
            counts["rows_deleted"] = len(doomed)
        if (patch := body.get("patch_by_filter")) is not None:
            chosen = [key for key, row in self.rows.items() if matches(patch["filters"], key, row)]
            for key in chosen:
                apply_patch(self.rows[key], patch["patch"])
            counts["rows_patched"] = len(chosen)
        if "upsert_rows" in body:
            counts["rows_upserted"] = sum(
                self._upsert(row, body.get("upsert_condition")) for row in body["upsert_rows"]
            )
        if "patch_rows" in body:
            done = sum(self._patch(row, body.get("patch_condition")) for row in body["patch_rows"])
            counts["rows_patched"] = counts.get("rows_patched", 0) + done
        if "deletes" in body:
            done = sum(self._delete(key, body.get("delete_condition")) for key in body["deletes"])
            counts["rows_deleted"] = counts.get("rows_deleted", 0) + done
        counts["rows_affected"] = sum(counts.values())
        return counts

    def _upsert(self, row: Row, condition: Filter) -> bool:
        key = row["id"]
        fresh = {name: value for name, value in row.items() if name != "id" and value is not None}
        old = self.rows.get(key)
        if condition is not None and old is not None and not matches(condition, key, old, fresh):
            return False
        self.rows[key] = fresh
        return True

    def _patch(self, row: Row, condition: Filter) -> bool:
        key = row["id"]
        old = self.rows.get(key)
        if old is None or (condition is not None and not matches(condition, key, old, row)):
            return False
        apply_patch(old, {name: value for name, value in row.items() if name != "id"})
        return True

    def _delete(self, key: int, condition: Filter) -> bool:
        old = self.rows.get(key)
        if condition is None:
            self.rows.pop(key, None)
            return True  # an unconditional delete counts whether or not the row was there
        if old is None or not matches(condition, key, old, {}):
            return False
        del self.rows[key]
        return True

    # Queries

    def matching(self, filters: Filter) -> list[int]:
        return sorted(key for key, row in self.rows.items() if filters is None or matches(filters, key, row))

    def ordered(self, clauses: list[tuple[str, str]], filters: Filter) -> list[int]:
        keys = self.matching(filters)
        for attribute, direction in reversed(clauses):
            keys.sort(key=lambda key: sort_key(self.value(key, attribute)), reverse=direction == "desc")
            # reverse keeps equal elements in their order, so ties stay ascending by id
        return keys

    def value(self, key: int, attribute: str) -> Any:
        return key if attribute == "id" else self.rows[key].get(attribute)

    def distances(self, query: list[float], filters: Filter, metric: str) -> dict[int, float]:
        return {key: distance(query, self.rows[key]["vector"], metric) for key in self.matching(filters)}

    def bm25(self, query: str, filters: Filter) -> dict[int, float]:
        lengths = {key: len(row["text"].split()) for key, row in self.rows.items() if row.get("text")}
        if not lengths:
            return {}
        average = sum(lengths.values()) / len(lengths)
        counts = {key: Counter(self.rows[key]["text"].split()) for key in lengths}
        scores: dict[int, float] = {}
        allowed = set(self.matching(filters))
        for term, repeats in Counter(query.split()).items():
            holders = [key for key in lengths if counts[key][term] > 0]
            idf = math.log(1 + (len(self.rows) - len(holders) + 0.5) / (len(holders) + 0.5))
            weight = idf * repeats * (K3 + 1) / (repeats + K3) * (K1 + 1)
            for key in holders:
                tf = counts[key][term]
                norm = K1 * (1 - B + B * lengths[key] / average)
                if key in allowed:
                    scores[key] = scores.get(key, 0.0) + weight * tf / (tf + norm)
        return scores

    def groups(self, attribute: str, filters: Filter) -> list[tuple[Any, int, int]]:
        """(group value, rows, sum of n), null first."""
        found: dict[Any, tuple[int, int]] = {}
        for key in self.matching(filters):
            value = self.value(key, attribute)
            rows, total = found.get(value, (0, 0))
            found[value] = (rows + 1, total + (self.value(key, "n") or 0))
        return [(value, *found[value]) for value in sorted(found, key=sort_key)]


def apply_patch(row: Row, patch: Row) -> None:
    for name, value in patch.items():
        if value is None:
            row.pop(name, None)
        else:
            row[name] = value


def sort_key(value: Any) -> tuple[int, Any]:
    """Null sorts before everything; strings by their UTF-8 bytes."""
    if value is None:
        return (0, 0)
    return (1, value.encode() if isinstance(value, str) else value)


def distance(a: list[float], b: list[float], metric: str) -> float:
    if metric == "euclidean_squared":
        return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))
    norm = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b))
    return 1.0 if norm == 0 else 1 - sum(x * y for x, y in zip(a, b, strict=True)) / norm


def matches(filters: Filter, key: int, row: Row, incoming: Row | None = None) -> bool:
    """The filter language over one row; `incoming` gives the values of $ref_new."""
    if filters[0] == "And":
        return all(matches(child, key, row, incoming) for child in filters[1])
    if filters[0] == "Or":
        return any(matches(child, key, row, incoming) for child in filters[1])
    if filters[0] == "Not":
        return not matches(filters[1], key, row, incoming)
    attribute, operator, operand = filters[:3]
    value = key if attribute == "id" else row.get(attribute)
    if isinstance(operand, dict) and "$ref_new" in operand:
        operand = (incoming or {}).get(operand["$ref_new"])
    return compare(operator, value, operand)


def compare(operator: str, value: Any, operand: Any) -> bool:
    negated = {"NotEq": "Eq", "NotIn": "In", "NotContains": "Contains", "NotContainsAny": "ContainsAny"}
    if operator in negated:
        return not compare(negated[operator], value, operand)
    elements = value if isinstance(value, list) else [value]
    if operator == "Eq":
        return bool(value == operand)
    if operator in ("In", "ContainsAny"):
        return any(element in operand for element in elements if element is not None)
    if operator == "Contains":
        return value is not None and operand in value
    if operator.startswith("Any"):
        return value is not None and any(in_order(operator[3:], element, operand) for element in elements)
    if operator == "ContainsAllTokens":
        return value is not None and set(operand.split()) <= set(value.split())
    if operator == "ContainsAnyToken":
        return value is not None and bool(set(operand.split()) & set(value.split()))
    return in_order(operator, value, operand)


def in_order(operator: str, value: Any, operand: Any) -> bool:
    a, b = sort_key(value), sort_key(operand)
    if operator == "Lt":
        return a < b
    if operator == "Lte":
        return a <= b
    if operator == "Gt":
        return a > b
    if operator == "Gte":
        return a >= b
    raise ValueError(operator)
