META
key;value
description;Projects for the harbour quarter
country;Nowhere
unit;Seaford
subunit;Harbour
instance;2031
num_projects;4
num_votes;5
budget;5000
vote_type;approval
rule;greedy
date_begin;01.03.2031
date_end;2031
max_length;3
language;en
currency;EUR
comment;#1: counted twice; #2: no paper votes
harbour_master;Ines
PROJECTS
name;project_id;cost;votes;selected
"Benches; and a table";p1;1200;3;1
"The ""Whale"" slide";p2;4000;2;0
Trees;p3;800;2;1
Lamps;p4;300;0;2
VOTES
voter_id;age;vote
anna;31;p1,p2
bert;;p1
cleo;58;p3,p1,p2
dora;44;p3
emil;19;p1,p2,p3,p4
