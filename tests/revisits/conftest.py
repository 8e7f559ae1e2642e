from tests.store.postgres import postgres, template, url

__all__ = ["postgres", "template", "url"]
