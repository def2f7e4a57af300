META
key;value
description;A cost in words
country;Nowhere
unit;Seaford
instance;2038
num_projects;2
num_votes;1
budget;1000
vote_type;approval
rule;greedy
PROJECTS
project_id;cost
1;600
2;dear
VOTES
voter_id;vote
1;1
