<?php
$config['csrf_protection'] = TRUE;
