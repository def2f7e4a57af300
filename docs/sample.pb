META
key;value
description;Participatory budget of an invented town: a sample for trying the programs
country;Nowhere
unit;Orlemont
instance;2026
num_projects;12
num_votes;60
budget;120000
vote_type;approval
rule;greedy
date_begin;07.03.2026
date_end;21.03.2026
min_length;1
max_length;5
language;en
currency;EUR
comment;#1: town, projects, costs and ballots are made up
PROJECTS
project_id;cost;votes;name;selected
shade;18000;26;Ten trees for the market square;1
school-path;42000;21;A safe footpath to the school;1
library-hours;12000;27;The library open on Sunday mornings;1
bike-racks;7500;20;Bicycle racks at the station;1
fountain;9000;14;Repair of the drinking fountain;1
river-bank;31000;15;Steps down to the river;0
repair-room;14500;17;A repair room with tools to borrow;1
night-light;22000;11;Lamps for the footbridge;0
benches;6000;19;Benches with backs and armrests;1
garden;16000;13;Allotments behind the sports hall;0
stage;27500;9;A small covered stage in the park;0
map;3500;7;A painted map of the old town;1
VOTES
voter_id;age;vote
1;46;shade,river-bank,stage
2;54;shade,school-path,bike-racks,river-bank,garden
3;29;school-path,river-bank,night-light
4;66;shade,school-path,bike-racks,garden,stage
5;77;shade,fountain,river-bank,night-light,benches
6;35;school-path,river-bank,night-light,benches
7;27;library-hours,bike-racks,repair-room,night-light,stage
8;24;shade,school-path,garden
9;18;school-path,repair-room,benches
10;67;bike-racks,fountain,river-bank,benches
11;86;river-bank,repair-room,night-light,garden,stage
12;53;library-hours,fountain,repair-room
13;23;school-path,repair-room
14;44;shade,library-hours,garden,map
15;82;shade,library-hours
16;84;shade,bike-racks,fountain
17;62;shade,repair-room
18;51;library-hours
19;38;school-path,library-hours,fountain,stage
20;29;library-hours
21;49;shade,river-bank
22;43;school-path,library-hours,map
23;19;map
24;49;library-hours,bike-racks,benches,stage
25;50;shade,library-hours,river-bank,benches,garden
26;40;school-path,library-hours,bike-racks,night-light
27;37;shade,bike-racks,fountain,river-bank
28;55;shade,school-path,river-bank,repair-room
29;53;library-hours,bike-racks,repair-room,night-light
30;63;shade,school-path,bike-racks,night-light,map
31;27;shade,school-path,library-hours,repair-room,garden
32;59;shade,library-hours,bike-racks,benches
33;65;school-path,library-hours,benches
34;80;library-hours,river-bank,repair-room
35;47;shade,bike-racks
36;38;school-path,repair-room,benches,map
37;47;library-hours,repair-room
38;76;shade,library-hours,bike-racks,benches,stage
39;51;library-hours,night-light,benches
40;27;library-hours,night-light
41;86;bike-racks,river-bank,garden
42;54;library-hours,bike-racks,fountain,river-bank,stage
43;16;school-path,fountain,benches
44;53;shade,bike-racks,fountain,repair-room,map
45;55;fountain,night-light,benches,garden
46;81;shade,school-path,library-hours,garden
47;40;fountain,benches,garden
48;68;fountain
49;70;school-path,bike-racks
50;52;fountain
51;71;shade,school-path,library-hours,garden,map
52;73;shade,school-path,library-hours,benches,stage
53;36;school-path,benches
54;45;shade,repair-room,benches
55;55;shade,library-hours,bike-racks,river-bank,repair-room
56;49;shade,library-hours,repair-room,benches,garden
57;21;shade
58;26;benches
59;21;bike-racks,fountain
60;75;library-hours,bike-racks,repair-room
