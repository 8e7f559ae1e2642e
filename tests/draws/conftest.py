from tests.records.postgres import postgres, template, url

__all__ = ["postgres", "template", "url"]
