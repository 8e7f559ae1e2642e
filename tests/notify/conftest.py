from tests.store.postgres import postgres, records, template, url

__all__ = ["postgres", "records", "template", "url"]
