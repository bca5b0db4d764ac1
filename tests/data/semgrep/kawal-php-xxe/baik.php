<?php
$x = simplexml_load_string($isi);
$dok->loadXML($isi, LIBXML_NONET);
