"""Addresses of users: which one others see, and who finds whom by an address."""

from typing import Any

from sandbox_client import Client, new_user, unique

NO_ADDRESS = {"force_random_password": True, "skip_confirmation": True}


def secretive(root: Client, name: str, **more: Any) -> dict[str, Any]:
    """A user who shows no address."""
    body = {"username": name, "name": name, "email": f"{name}@example.com", **NO_ADDRESS, **more}
    made: dict[str, Any] = root.post("/users", body)
    return made


def test_a_public_address_is_set_shown_to_everybody_and_taken_back(root: Client) -> None:
    asker, _ = new_user(root)
    user = secretive(root, unique("rahasia"))
    assert asker.get(f"/users/{user['id']}")["public_email"] == ""

    shown = root.put(f"/users/{user['id']}", {"public_email": user["email"]})
    assert shown["public_email"] == user["email"]
    seen = asker.get(f"/users/{user['id']}")
    assert (seen["public_email"], seen.get("email")) == (user["email"], None)

    assert root.put(f"/users/{user['id']}", {"public_email": ""})["public_email"] == ""


def test_a_public_address_is_one_of_the_users_own(root: Client) -> None:
    user = secretive(root, unique("rahasia"))
    refused = root("PUT", f"/users/{user['id']}", {"public_email": "orang.lain@example.com"})
    assert (refused.status, refused.json) == (
        400,
        {"message": {"public_email": ["is not an email you own"]}},
    )
    name = unique("rahasia")
    body = {"username": name, "name": name, "email": f"{name}@example.com", "public_email": "x@example.com"}
    assert root("POST", "/users", body | NO_ADDRESS).status == 400
    assert root.get(f"/users?username={name}") == []
