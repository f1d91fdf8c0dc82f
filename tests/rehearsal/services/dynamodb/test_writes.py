"""Writes by every path at random, restored to every second of them: exactly what a model has.

```
 second 1        second 2        second 3
─┬─ writes ──────┬─ writes ──────┬─ writes ───
 └ model's copy  └ model's copy  └ …            several tables at once, as waiting is what costs
```
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.rehearsal.helpers import refused
from tests.rehearsal.services.dynamodb.dynamo import HASH_AND_RANGE, Dynamo, next_second

KEYS = st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "2"]))
VALUES = st.sampled_from(["x", "y", "z"])
BY_ONE = ["put", "update", "count", "append", "remove", "delete", "statement"]
WRITE = st.one_of(
    st.tuples(st.sampled_from(BY_ONE), KEYS, VALUES),
    st.tuples(
        st.sampled_from(["batch", "transaction", "refused"]),
        st.lists(KEYS, min_size=1, max_size=3, unique=True),
        VALUES,
    ),
)
# A program is what happens in each second.
PROGRAM = st.lists(st.lists(WRITE, min_size=2, max_size=7), min_size=3, max_size=3)

Key = tuple[str, str]


@dataclass
class Driven:
    """A table, what it must hold, and what it held at each second."""

    dynamo: Dynamo
    name: str
    model: dict[Key, dict[str, Any]] = field(default_factory=dict)
    seconds: dict[datetime, dict[Key, dict[str, Any]]] = field(default_factory=dict)

    def write(self, kind: str, keys: Any, value: str) -> None:
        """By one path, and in the model."""
        getattr(self, f"_{kind}")(keys, value)

    def _item(self, key: Key, value: str) -> dict[str, Any]:
        return {**self._key(key), "v": {"S": value}}

    def _key(self, key: Key) -> dict[str, Any]:
        return {"id": {"S": key[0]}, "at": {"S": key[1]}}

    def _update_item(self, key: Key, expression: str, **values: Any) -> None:
        more: dict[str, Any] = {}
        if values:
            more["ExpressionAttributeValues"] = {f":{one}": values[one] for one in values}
        answer = self.dynamo.api.update_item(
            TableName=self.name,
            Key=self._key(key),
            UpdateExpression=expression,
            ReturnValues="ALL_NEW",
            **more,
        )
        # What an expression comes to is moto's affair, when it comes to it is ours.
        self.model[key] = copy.deepcopy(answer["Attributes"])

    def _put(self, key: Key, value: str) -> None:
        self.dynamo.put(self.name, self._item(key, value))
        self.model[key] = self._item(key, value)

    def _update(self, key: Key, value: str) -> None:
        self._update_item(key, "SET v = :v", v={"S": value})

    def _count(self, key: Key, _value: str) -> None:
        self._update_item(key, "ADD n :one", one={"N": "1"})

    def _append(self, key: Key, value: str) -> None:
        self._update_item(
            key,
            "SET l = list_append(if_not_exists(l, :none), :v)",
            none={"L": []},
            v={"L": [{"S": value}]},
        )

    def _remove(self, key: Key, _value: str) -> None:
        self._update_item(key, "REMOVE v, l[0]" if "l" in self.model.get(key, {}) else "REMOVE v")

    def _delete(self, key: Key, _value: str) -> None:
        self.dynamo.api.delete_item(TableName=self.name, Key=self._key(key))
        self.model.pop(key, None)

    def _statement(self, key: Key, value: str) -> None:
        where = f"WHERE id = '{key[0]}' AND at = '{key[1]}'"
        if key not in self.model:
            statement = f"INSERT INTO \"{self.name}\" VALUE {{'id': '{key[0]}', 'at': '{key[1]}'}}"
            self.model[key] = self._key(key)
        elif value == "x":
            statement = f'DELETE FROM "{self.name}" {where}'
            del self.model[key]
        else:
            statement = f"UPDATE \"{self.name}\" SET v = '{value}' {where}"
            self.model[key]["v"] = {"S": value}
        self.dynamo.api.execute_statement(Statement=statement)

    def _batch(self, keys: list[Key], value: str) -> None:
        requests: list[dict[str, Any]] = []
        for key in keys:
            if key in self.model:
                requests.append({"DeleteRequest": {"Key": self._key(key)}})
                del self.model[key]
            else:
                requests.append({"PutRequest": {"Item": self._item(key, value)}})
                self.model[key] = self._item(key, value)
        self.dynamo.api.batch_write_item(RequestItems={self.name: requests})

    def _transaction(self, keys: list[Key], value: str) -> None:
        self.dynamo.api.transact_write_items(TransactItems=self._transact(keys, value))
        for key in keys:
            self.model[key] = {**self.model.get(key, self._key(key)), "v": {"S": value}}

    def _refused(self, keys: list[Key], value: str) -> None:
        check = {
            "TableName": self.name,
            "Key": self._key(("nobody", "1")),
            "ConditionExpression": "attribute_exists(id)",
        }
        items = [*self._transact(keys, value), {"ConditionCheck": check}]
        refused(
            "TransactionCanceledException",
            self.dynamo.api.transact_write_items,
            TransactItems=items,
        )

    def _transact(self, keys: list[Key], value: str) -> list[dict[str, Any]]:
        return [
            {
                "Update": {
                    "TableName": self.name,
                    "Key": self._key(key),
                    "UpdateExpression": "SET v = :v",
                    "ExpressionAttributeValues": {":v": {"S": value}},
                }
            }
            for key in keys
        ]


def items_of(dynamo: Dynamo, name: str) -> dict[Key, dict[str, Any]]:
    return {(item["id"]["S"], item["at"]["S"]): item for item in dynamo.items(name)}


# Two examples of six tables: each takes the wait for three whole seconds, and shrinking them would
# take minutes; the programs are printed, and short.
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(programs=st.lists(PROGRAM, min_size=6, max_size=6))
def test_every_second_comes_back_exactly(dynamo: Dynamo, programs: list[Any]) -> None:
    tables = [Driven(dynamo, dynamo.create(**HASH_AND_RANGE)) for _ in programs]
    for number in range(3):
        for table, program in zip(tables, programs, strict=True):
            for write in program[number]:
                table.write(*write)
        second = next_second()
        for table in tables:
            table.seconds[second] = copy.deepcopy(table.model)
    for table in tables:
        dynamo.put(table.name, {"id": {"S": "last"}, "at": {"S": "0"}})
    copies = [
        (dynamo.start_restore(table.name, second), known)
        for table in tables
        for second, known in table.seconds.items()
    ]

    for name, known in copies:
        dynamo.wait(name)
        assert known == items_of(dynamo, name)
