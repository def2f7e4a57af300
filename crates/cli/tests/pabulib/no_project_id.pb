META
key;value
description;The column has another name
country;Nowhere
unit;Seaford
instance;2038
num_projects;1
num_votes;1
budget;1000
vote_type;approval
rule;greedy
PROJECTS
id;cost
1;600
VOTES
voter_id;vote
1;1
