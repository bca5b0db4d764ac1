"""The command line: a callback parses, calls one service, prints."""
