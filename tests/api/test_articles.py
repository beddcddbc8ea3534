"""Articles: published ones are public, supervisors write."""

from __future__ import annotations

from uuid import uuid4

from tests.cast import Cast

from .client import Api, refused


def texts(word: str) -> list[dict[str, str]]:
    return [
        {"language": "en", "title": "Reset your password", "body": f"Open settings. {word}"},
        {"language": "es", "title": "Cambie sus contraseñas", "body": f"Abra ajustes. {word}"},
    ]


def test_an_article_is_written_published_and_found(sara: Api, ana: Api, stranger: Api, cast: Cast) -> None:
    tag = f"w{uuid4().hex[:8]}"
    shelf = sara.post("/categories/", {"slug": tag, "name": "Account"}).json()
    refused(sara.post("/categories/", {"slug": tag, "name": "Account"}), 400, "taken")
    given = {"slug": tag, "category": shelf["id"], "translations": texts(tag)}
    refused(ana.post("/articles/", given), 403, "permission_denied")
    answer = sara.post("/articles/", given)
    assert answer.status_code == 201, answer.content
    url = f"/articles/{answer.json()['id']}/"
    assert (answer.json()["status"], stranger.get(url).status_code, ana.get(url).status_code) == ("draft", 404, 200)
    published = sara.patch(url, {"status": "published"}).json()
    assert len(published["translations"]) == 2
    assert stranger.get(url).json() == published
    found = stranger.get("/articles/", {"search": f"contrasena {tag}", "language": "es"}).json()["results"]
    assert [a["id"] for a in found] == [published["id"]]
    assert [a["slug"] for a in stranger.get("/articles/", {"category": tag}).json()["results"]] == [tag]
    refused(sara.post("/articles/", given), 400, "taken")
    refused(Api(None, Authorization="Bearer wrong").get(url), 401, "invalid_token")


def test_a_language_of_a_changed_article_is_whole(sara: Api) -> None:
    words = {"language": "en", "title": "Returns", "body": "Thirty days."}
    tag = f"w{uuid4().hex[:8]}"
    shelf = sara.post("/categories/", {"slug": tag, "name": "Returns"}).json()["id"]
    made = sara.post("/articles/", {"slug": tag, "category": shelf, "translations": [words]})
    url = f"/articles/{made.json()['id']}/"
    answer = refused(sara.patch(url, {"translations": [{"title": "Changed"}]}), 400, "invalid")
    assert "language" in str(answer["errors"])
    assert sara.get(url).json()["translations"][0]["title"] == "Returns"


def test_an_article_needs_words(sara: Api) -> None:
    tag = f"w{uuid4().hex[:8]}"
    shelf = sara.post("/categories/", {"slug": tag, "name": "Account"}).json()
    for bad in ([{"language": "en", "title": "x", "body": ""}], [{"language": "fr", "title": "x", "body": "y"}], "x"):
        given = {"slug": tag, "category": shelf["id"], "translations": bad, "status": "published"}
        assert sara.post("/articles/", given).status_code == 400
    assert sara.get("/articles/", {"slug": tag}).json()["results"] == []
