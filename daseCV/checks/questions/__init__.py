"""All public checks, a module for each topic: importing this registers them."""

import importlib
import pkgutil

for _topic in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_topic.name}")
