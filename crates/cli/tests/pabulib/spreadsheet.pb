meta;;
KEY;VALUE;
description ; From a spreadsheet ;

country;Nowhere;
unit;Seaford;
instance;2030;
num_projects;2;
num_votes;3;
budget;1000,00;
vote_type;Approval;
rule;unknown;
   
Projects;;
project_id;Cost;
 a ; 700.0 ;
 b ; 400 ;
Votes;;
voter_id;vote;
1; a , b ;

2;b;
3;None;

