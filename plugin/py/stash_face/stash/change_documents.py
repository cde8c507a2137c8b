"""The GraphQL texts of changes, and of what is asked around them, each valid on Stash v0.30.1 and
on the recorded schema (a test checks)."""

from __future__ import annotations

PERFORMER_STATE = """
query PerformerState($id: ID!) {
  findPerformer(id: $id) {
    id name updated_at scene_count image_count gallery_count
    stash_ids { endpoint stash_id }
  }
}
"""

CREATE_PERFORMER = """
mutation CreatePerformer($input: PerformerCreateInput!) {
  performerCreate(input: $input) { id }
}
"""

DESTROY_PERFORMER = """
mutation DestroyPerformer($id: ID!) {
  performerDestroy(input: { id: $id })
}
"""

SET_STASH_IDS = """
mutation SetStashIds($id: ID!, $stash_ids: [StashIDInput!]) {
  performerUpdate(input: { id: $id, stash_ids: $stash_ids }) { id }
}
"""

STASH_BOXES = """
query StashBoxes {
  configuration { general { stashBoxes { endpoint name } } }
}
"""

SEARCH_STASH_BOX = """
query SearchStashBox($endpoint: String!, $term: String!) {
  scrapeSinglePerformer(
    source: { stash_box_endpoint: $endpoint }
    input: { query: $term }
  ) {
    name disambiguation gender urls birthdate ethnicity country eye_color height measurements
    fake_tits career_length tattoos piercings aliases images details death_date hair_color weight
    remote_site_id
  }
}
"""


def performers_of(kind: str, count: int) -> str:
    """One request for `count` items (kind Image, Gallery or Scene): variables i0, i1, ... are
    answered under the same names, null for items that are gone."""
    variables = ", ".join(f"$i{n}: ID!" for n in range(count))
    fields = "\n".join(
        f"  i{n}: find{kind}(id: $i{n}) {{ id title performers {{ id }} }}" for n in range(count)
    )
    return f"""
query PerformersOf({variables}) {{
{fields}
}}
"""


def update_performers(kind: str) -> str:
    """`mode` is ADD or REMOVE."""
    return f"""
mutation UpdatePerformers($ids: [ID!], $performers: [ID!], $mode: BulkUpdateIdMode!) {{
  bulk{kind}Update(
    input: {{ ids: $ids, performer_ids: {{ ids: $performers, mode: $mode }} }}
  ) {{ id }}
}}
"""
