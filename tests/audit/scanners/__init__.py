"""Scanners of the templates (`make audit-templates`): every finding is fixed, or explained in the template."""
