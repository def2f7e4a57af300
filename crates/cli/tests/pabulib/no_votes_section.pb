META
key;value
description;Cut off after the projects
country;Nowhere
unit;Seaford
instance;2038
num_projects;1
num_votes;1
budget;1000
vote_type;approval
rule;greedy
PROJECTS
project_id;cost
1;600
