"""The service: everything between a statement on the organisation's site and a post that people may rely on."""
