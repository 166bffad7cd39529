"""The API of DynamoDB over LMDB: its requests, its rules, its errors, its consumed capacity."""

from bench.engines.lmdb.api.answers import Consumed, Got, Page, Several, Written
from bench.engines.lmdb.api.definitions import Index, KeyAttribute, TableDefinition
from bench.engines.lmdb.api.errors import Reason, Refused
from bench.engines.lmdb.api.requests import Check, Delete, Get, Put, Query, Scan, Update
from bench.engines.lmdb.api.rules import LOCAL, SERVICE, Rules
from bench.engines.lmdb.api.store import Store

__all__ = [
    "LOCAL",
    "SERVICE",
    "Check",
    "Consumed",
    "Delete",
    "Get",
    "Got",
    "Index",
    "KeyAttribute",
    "Page",
    "Put",
    "Query",
    "Reason",
    "Refused",
    "Rules",
    "Scan",
    "Several",
    "Store",
    "TableDefinition",
    "Update",
    "Written",
]
