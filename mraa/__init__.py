"""Multi-Region Application Architecture: templates, release build, deployer, operator's tool and local cloud."""

__version__ = "1.0.0"
