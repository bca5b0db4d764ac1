<?php
$x = simplexml_load_string($isi, 'SimpleXMLElement', LIBXML_NOENT); // TEMUAN
$dok->loadXML($isi, LIBXML_NOENT | LIBXML_DTDLOAD); // TEMUAN
