META
key;value
description;Café in the park
