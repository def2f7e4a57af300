META
key;value
description;A name that opens a quote
country;Nowhere
unit;Seaford
instance;2038
num_projects;2
num_votes;1
budget;1000
vote_type;approval
rule;greedy
PROJECTS
project_id;cost;name
1;600;"Swings
2;300;Slides
VOTES
voter_id;vote
1;1
