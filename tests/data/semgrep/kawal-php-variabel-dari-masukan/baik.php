<?php
extract(['nama' => 'pasar']);
parse_str($_SERVER['QUERY_STRING'], $isian);
extract($_POST, EXTR_SKIP | EXTR_PREFIX_ALL, 'isian');
