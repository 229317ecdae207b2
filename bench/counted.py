"""`python -m bench.counted BALLOT`: how many have voted, by roll, votes and turnout."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from proposals.models import Ballot, RollEntry, Vote  # noqa: E402 -- needs loaded apps

ballot = Ballot.objects.get(pk=int(sys.argv[1]))
roll = RollEntry.objects.filter(ballot=ballot, has_voted=True)
votes = Vote.objects.filter(ballot=ballot)
print(json.dumps([roll.count(), votes.count(), ballot.turnout]))
