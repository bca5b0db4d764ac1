<?php
$config['csrf_protection'] = FALSE; // TEMUAN
