<?php
eval($rumus); // TEMUAN
$f = create_function('$a', 'return $a;'); // TEMUAN
